/* The desk's pages work without this. It keeps the session alive while someone works on an open page, warns before it
   ends, shows how many requests came in since a list was opened, keeps a typed note, and moves the focus by keys. */

const root = document.currentScript.dataset;
const idle = Number(root.idle) * 1000;
const MINUTE = 60_000;
let asked = Date.now();
const left = () => asked + idle - Date.now();

// All open pages share one session: each tells the others when it was used.
const pages = new BroadcastChannel("used");
pages.onmessage = () => { asked = Date.now(); };
pages.postMessage("");

async function stay() {
  const before = asked;
  asked = Date.now();
  const answer = await fetch(root.stay, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer?.ok) {
    document.getElementById("stay").hidden = true;
    pages.postMessage("");
  } else asked = before;
}

for (const act of ["input", "keydown", "pointerdown"]) {
  addEventListener(act, () => { if (Date.now() - asked > MINUTE && left() > 0) stay(); });
}

// Polls for new requests. This does not keep the session alive, and stops when the session is over.
function askForNew(line) {
  const link = line.firstElementChild;
  const title = document.title;
  const asking = setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(line.dataset.ask, { redirect: "manual" }).catch(() => null);
    if (answer?.ok) {
      const count = await answer.text();
      link.hidden = count === "0";
      link.textContent = `${count} new, show`;
      document.title = link.hidden ? title : `(${count}) ${title}`;
    } else if (answer && answer.status < 500) clearInterval(asking); // signed out
  }, MINUTE);
}

const TYPING = "input:not([type=checkbox], [type=submit]), textarea, select";

function pressKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches(TYPING)) return;
  const rows = [...document.querySelectorAll(".results tbody th a")];
  const row = rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const to = {
    "/": document.querySelector("[type=search]"),
    j: rows[Math.min(row + 1, rows.length - 1)],
    k: rows[Math.max(row - 1, 0)],
    n: document.getElementById("id_text"),
  }[event.key];
  if (!to) return;
  event.preventDefault(); // do not type the key into what gets the focus
  to.focus();
}

// A request's page has several forms, which have `seen`. The typed note goes along with each.
addEventListener("formdata", ({ target, formData }) => {
  const note = document.getElementById("id_text");
  if (!note?.value || note.form === target || !target.elements.seen) return;
  for (const name of ["text", "key", "last_note"]) formData.set(name, note.form.elements[name].value);
});

// Asks before a typed note is lost, as by a search. What dials, writes or downloads leaves the page open.
const LEAVES_OPEN = "[href^='tel:'], [href^='sms:'], [href^='mailto:'], [action$='/calendar/']";
let stays = false;
for (const act of ["click", "submit"]) {
  addEventListener(act, ({ target }) => { stays = Boolean(target.elements?.seen || target.closest(LEAVES_OPEN)); });
}
addEventListener("beforeunload", (event) => {
  if (!stays && document.getElementById("id_text")?.value.trim()) event.preventDefault();
});

addEventListener("DOMContentLoaded", () => {
  if ("on" in document.getElementById("keys").dataset) addEventListener("keydown", pressKey);
  const warning = document.getElementById("stay");
  warning.querySelector("button").addEventListener("click", stay);
  setInterval(() => {
    warning.hidden = left() > 2 * MINUTE;
    const words = left() > 0
      ? "You will be signed out in less than 2 minutes. What you typed stays if you press"
      : "You were signed out. What you typed is kept: send it, and sign in again.";
    const shown = warning.querySelector("span");
    if (shown.textContent !== words) shown.textContent = words;
    warning.querySelector("button").hidden = left() <= 0;
  }, 1000);
  const line = document.getElementById("new");
  if (line) askForNew(line);
  // Browsers send half of a date or time as nothing. With this they ask for the other half.
  const moments = document.querySelectorAll("[type=date], [type=time], [type=datetime-local]");
  for (const field of moments) field.form.noValidate = false;
});
