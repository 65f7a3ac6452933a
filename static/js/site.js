// A timer, a print button, and focus on the errors of a form. Every page works without them.
const MINUTE = 60_000;

// Parts of a page that need a script are in <template> elements.
for (const template of document.querySelectorAll("template")) template.replaceWith(template.content);

document.getElementById("errors")?.focus();
document.getElementById("print")?.addEventListener("click", () => window.print());
document.querySelectorAll(".timer").forEach(startTimer);

function startTimer(box) {
  const words = box.dataset;
  const left = box.querySelector("[role=timer]");
  const status = box.querySelector("[role=status]");
  const buttons = [...box.querySelectorAll("button")];
  // ready → on (heat or ice) → off (time is up) → break → ready
  let state, end, minutes, saidFive, ticking, awake;

  function enter(next, said = "") {
    state = next;
    const runs = state === "on" || state === "break";
    clearInterval(ticking);
    if (runs) ticking = setInterval(tick, 1000);
    keepAwake();
    left.hidden = !runs;
    status.classList.toggle("visually-hidden", runs);
    status.textContent = said;
    showButtons();
  }

  function keepAwake() {
    // A sleeping phone gives no signal, so its screen stays on while heat or ice is on the skin.
    awake?.then((lock) => lock?.release());
    awake = state === "on" ? navigator.wakeLock?.request("screen").catch(() => null) : null;
  }

  function showButtons() {
    const focused = document.activeElement;
    for (const button of buttons) button.hidden = !button.dataset.in.split(" ").includes(state);
    if (minutes + 5 > words.most) box.querySelector("[name=add]").hidden = true;
    if (focused.hidden) buttons.find((button) => !button.hidden).focus();
  }

  function run(next, length) {
    // Counts to a fixed time, which is right even if the phone slept meanwhile.
    end = Date.now() + length * MINUTE;
    minutes = length;
    saidFive = false;
    enter(next);
    show();
    status.textContent = `${words.started} ${left.lastElementChild.textContent}`;
  }

  function show() {
    const remain = Math.ceil((end - Date.now()) / MINUTE);
    const clock = new Date(end).toLocaleTimeString(`${document.documentElement.lang}-US`, {
      hour: "numeric",
      minute: "2-digit",
    });
    const unbroken = clock.replace(/\s/g, "\u00a0");
    left.firstElementChild.textContent = remain === 1 ? words.one : words.many.replace("{minutes}", remain);
    left.lastElementChild.textContent = words[`${state}Ends`].replace("{time}", unbroken);
    return remain;
  }

  function tick() {
    if (Date.now() >= end) {
      navigator.vibrate?.([400, 200, 400]);
      enter(state === "on" ? "off" : "ready", words[`${state}Over`]);
    } else if (show() <= 5 && !saidFive) {
      saidFive = true;
      status.textContent = left.firstElementChild.textContent;
    }
  }

  const press = {
    start: () => run("on", Number(words.least)),
    add() {
      end += 5 * MINUTE;
      minutes += 5;
      saidFive = false;
      show();
      showButtons();
    },
    break: () => run("break", words.breakHours * 60),
    stop: () => enter("ready"),
  };
  for (const button of buttons) button.addEventListener("click", press[button.name]);
  // The browser gives the lock up when another tab or app is shown, or the phone is locked by hand.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) keepAwake(); });
  enter("ready");
}
