// The keyboard, the theme, and the beginning.
const KEYS = [
  ["j  ↓", "next item"], ["k  ↑", "previous item"], ["→  ←", "next, previous prompt"],
  ["v", "next view"], ["s", "slider"], ["b", "blink"], ["d", "difference"], ["x", "boxes on or off"],
  ["1 … 9", "choose an error"], ["n  p", "next, previous error"], ["w", "the other verdict"], ["Esc", "choose none"],
  ["a", "accept the error"], ["r", "reject it"], ["e", "correct it"], ["m", "add a missed error"], ["Enter", "mark as checked, go on"],
  ["/", "search"], ["y", "copy the id"], ...(front ? [["f", "figures or cases"]] : []), ["t", "theme"], ["?", "this list"],
];
const THEMES = ["", "light", "dark"];

function nextError(by) {
  const names = [...main.querySelectorAll(".error")].map((row) => row.dataset.error);
  if (names.length) pin(names[(names.indexOf(pinned) + (pinned == null && by < 0 ? 0 : by) + names.length) % names.length], { toggle: false });
}

// What a decision is about: the chosen error, or the only one there is.
function about(act) {
  const count = chosen?.verdicts[0]?.errors.length ?? 0;
  const at = pinned == null ? (count === 1 ? 1 : null) : Number(pinned);
  if (Number.isNaN(at)) return say("What the judge missed is in the truth already");
  if (judge !== 0) return say("Only errors of the first verdict are checked");
  if (at == null) return say(count ? "Choose an error first (1 … 9, n, p)" : "There is no error to decide on");
  act(chosen, at);
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  kept.set("verm-theme", theme);
}

function nextTheme() {
  const now = document.documentElement.dataset.theme ?? "";
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
  setTheme(next);
  say(`Theme: ${next || "as the system"}`);
}

function help() {
  const dialog = document.getElementById("help");
  dialog.replaceChildren(make("h2", {}, "Keyboard"),
    make("dl", {}, KEYS.map(([keys, text]) => make("div", {}, make("dt", {}, keys.split("  ").map((key) => make("kbd", {}, key))), make("dd", {}, text)))),
    make("form", { method: "dialog" }, make("button", { class: "main" }, "Close")));
  dialog.showModal();
}

const ACTIONS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  ArrowRight: () => stepGroup(1), ArrowLeft: () => stepGroup(-1),
  v: () => cycle(), s: () => view("slider"), b: () => view("blink"), d: () => view("heat"), x: toggleBoxes,
  n: () => nextError(1), p: () => nextError(-1), Escape: () => pin(null, { toggle: false }),
  w: () => { if (chosen?.verdicts[0] && chosen.verdicts[1]) { judge = 1 - judge; showCase(chosen); } },
  a: () => about((item, at) => decide(item, at, "accept")), r: () => about((item, at) => decide(item, at, "reject")), e: () => about(correct),
  m: () => chosen && addMissed(chosen), Enter: () => chosen && finish(chosen),
  f: () => front && showFront(!document.body.classList.contains("at-front")),
  "/": () => form.text.focus(), y: () => chosen && copy(chosen.id), t: nextTheme, "?": help,
};

function view(name) {
  if (!chosen?.candidate) return;
  if (name === "blink" && still.matches) againOrSet(name);
  else setMode(mode === name ? "side" : name);
}

function cycle() {
  const names = Object.keys(MODES);
  if (chosen?.candidate) setMode(names[(names.indexOf(mode) + 1) % names.length]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (target.closest("input, select, textarea")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (event.key === "Enter" && target.closest("button, summary, a")) return;
  if (document.body.classList.contains("at-front") && !"ft?".includes(event.key)) return;
  const digit = /^[1-9]$/.test(event.key) && Number(event.key);
  if (digit && digit <= (chosen?.verdicts[judge]?.errors.length ?? 0)) pin(String(digit));
  else if (ACTIONS[event.key]) ACTIONS[event.key]();
  else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", { theme: nextTheme, help, export: exportChecks }[button.dataset.do]);
}

setTheme(kept.get("verm-theme") ?? "");
save();
facts();
arrange();
const asked = decodeURIComponent(location.hash.slice(1));
const named = items.find((item) => item.id === asked);
document.body.classList.toggle("single", items.length === 1);
for (const button of document.querySelectorAll("[data-place]")) button.addEventListener("click", () => showFront(button.dataset.place === "front"));
if (front) showFront(!named);
choose(named ?? shownItems[0] ?? null);
performance.mark("verm-open");
