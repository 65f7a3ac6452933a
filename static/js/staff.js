/* The desk's pages work without this. It asks to stay signed in while someone works on an open page, and warns before
   the time is up. */

const root = document.currentScript.dataset;
const idle = Number(root.idle) * 1000;
const WARN = 120_000;
let asked = Date.now();

async function stay() {
  const before = asked;
  asked = Date.now();
  const answer = await fetch(root.stay, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer?.ok) document.getElementById("stay").hidden = true;
  else asked = before;
}

for (const act of ["input", "keydown", "pointerdown"]) {
  addEventListener(act, () => { if (Date.now() - asked > 60_000) stay(); });
}

addEventListener("DOMContentLoaded", () => {
  const warning = document.getElementById("stay");
  warning.querySelector("button").addEventListener("click", stay);
  setInterval(() => {
    const left = asked + idle - Date.now();
    warning.hidden = left > WARN;
    const words = left > 0
      ? "You will be signed out in less than 2 minutes. What you typed stays if you press"
      : "You were signed out. What you typed is kept: send it, and sign in again.";
    const shown = warning.querySelector("span");
    if (shown.textContent !== words) shown.textContent = words;
    warning.querySelector("button").hidden = left <= 0;
  }, 1000);
});
