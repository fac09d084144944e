// One item: its pictures in four views, errors and boxes and lines that point at each other.
const main = document.getElementById("case");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const MODES = { side: ["Side by side", "1"], slider: ["Slider", "s"], blink: ["Blink", "b"], heat: ["Difference", "d"] };
const SPACE = "http://www.w3.org/2000/svg";
let mode = "side";
let boxes = true;
let pinned = null; // number of the chosen error, from 1
let judge = 0; // which of the verdicts is shown

function showCase(item) {
  pinned = null;
  if (!item) {
    main.replaceChildren(make("p", { class: "nothing" }, items.length ? "Nothing passes the filters." : "There is nothing in this run."));
    return;
  }
  judge = Math.min(judge, Math.max(0, item.verdicts.length - 1));
  const verdict = item.verdicts[judge];
  main.replaceChildren(...[
    heading(item), siblings(item), failure(item.failure),
    make("div", { class: "body" },
      make("section", { class: "views", "aria-label": "Pictures" }, item.candidate ? modeButtons(verdict) : null, pictures(item, verdict), make("p", { class: "hint" })),
      make("section", { class: "errors", "aria-label": "Errors" }, ...errorList(item, verdict))),
    make("div", { class: "lower" }, source(item), tables(item)),
  ].filter(Boolean));
  main.scrollTop = 0;
  setMode(item.candidate ? mode : "side");
}

function heading(item) {
  const badge = (text, kind = "") => make("span", { class: `badge ${kind}` }, text);
  const title = make("h2", {}, item.id, " ",
    make("button", { type: "button", class: "quiet", title: "Copy the id (y)", "aria-label": "Copy the id", onclick: () => copy(item.id) }, "copy"));
  const meter = make("i", { class: "level" });
  meter.style.width = `${100 * Math.min(1, Math.max(0, item.reward ?? 0))}%`;
  return make("header", { class: "heading" },
    make("div", { class: "what" }, title,
      make("p", { class: "badges" }, badge(item.task), badge(STATUSES[item.status], item.status),
        label(item) ? badge(label(item)) : null, isDone(item) ? badge("checked", "scored") : null,
        ...item.verdicts.map((verdict) => badge(verdict.judge)), item.differ ? badge(`verdicts differ by ${item.differ}`) : null),
      item.note ? make("p", { class: "note" }, item.note) : null),
    make("div", { class: "reward" }, make("small", {}, "reward"), make("b", {}, reward(item.reward)), make("span", { class: "meter" }, meter)));
}

// All attempts at one prompt, or all rounds of a refinement, in their order.
function siblings(item) {
  const members = item.group ? items.filter((other) => other.group === item.group) : [];
  if (members.length < 2) return null;
  const rounds = members.every((other) => other.round != null);
  if (rounds) members.sort((a, b) => a.round - b.round);
  const best = Math.max(...members.map((other) => other.reward ?? -Infinity));
  const strip = make("div", { class: "strip" + (rounds ? " rounds" : ""), role: "group", "aria-label": item.group });
  for (const other of members) {
    const caption = `${rounds ? `round ${other.round}: ` : ""}${other.reward == null ? "–" : other.reward.toFixed(2)}`;
    strip.append(make("button", { type: "button", class: `sibling ${other.status}`, title: other.id, "aria-pressed": String(other === item), onclick: () => choose(other) },
      other.candidate ? picture(other.candidate, "", { loading: "lazy" }) : make("span", { class: "blank" }, "nothing drawn"),
      make("small", { class: other.reward === best ? "best" : null }, caption)));
  }
  return strip;
}

function failure(fault) {
  if (!fault) return null;
  return make("div", { class: `failure ${fault.kind}` }, make("p", {}, make("b", {}, `${fault.stage}: ${fault.code}. `), fault.message),
    fault.detail ? make("details", {}, make("summary", {}, "Detail"), make("pre", { tabindex: "0" }, fault.detail)) : null);
}

function modeButtons(verdict) {
  const buttons = Object.entries(MODES).map(([name, [text, key]]) =>
    make("button", { type: "button", "data-mode": name, title: `${text} (${key === "1" ? "v" : key})`, onclick: () => setMode(name) }, text));
  const toggle = make("button", { type: "button", title: "Boxes (x)", "data-boxes": true, "aria-pressed": String(boxes), onclick: toggleBoxes }, "Boxes");
  return make("div", { class: "modes", role: "group", "aria-label": "View" }, buttons, verdict?.errors.length ? toggle : null);
}

function pictures(item, verdict) {
  const errors = verdict?.errors ?? [];
  const figure = (side, shown, key) => make("figure", { class: "picture", "data-side": side },
    make("figcaption", {}, side === "reference" ? "Reference " : "Attempt ", make("small", {}, `${shown.width} × ${shown.height}`)),
    canvas(shown, `${side} of ${item.id}`, errors, key));
  const attempt = item.candidate ? figure("attempt", item.candidate, "bbox_prediction")
    : make("figure", { class: "picture" }, make("figcaption", {}, "Attempt"), make("div", { class: "canvas none" }, "nothing was drawn"));
  const slider = make("input", { type: "range", min: 0, max: 1000, value: 500, class: "cut", "aria-label": "How much of the attempt is shown" });
  slider.addEventListener("input", () => slide(slider));
  const reference = figure("reference", item.reference, "bbox");
  reference.querySelector("img").after(make("canvas", { class: "heatmap" }));
  return make("div", { class: "pictures" }, reference, attempt, slider);
}

function canvas(shown, alt, errors, key) {
  const overlay = document.createElementNS(SPACE, "svg");
  for (const [name, value] of Object.entries({ class: "boxes", viewBox: `0 0 ${shown.width} ${shown.height}`, preserveAspectRatio: "none", "aria-hidden": "true" })) overlay.setAttribute(name, value);
  const node = make("div", { class: "canvas" }, picture(shown, alt), overlay);
  errors.forEach((error, at) => {
    if (!error[key]) return;
    const [x0, y0, x1, y1] = error[key];
    const box = document.createElementNS(SPACE, "rect");
    for (const [name, value] of Object.entries({ class: `box s${error.severity}`, "data-error": at + 1, x: x0, y: y0, width: x1 - x0, height: y1 - y0 })) box.setAttribute(name, value);
    overlay.append(box);
    const tag = make("button", { type: "button", class: `tag s${error.severity}`, "data-error": at + 1, tabindex: "-1", "aria-hidden": "true" }, String(at + 1));
    tag.style.left = `${100 * x0 / shown.width}%`;
    tag.style.top = `${100 * y0 / shown.height}%`;
    node.append(tag);
  });
  return node;
}

function setMode(name) {
  const parts = main.querySelector(".pictures");
  if (!parts) return;
  const attempt = parts.querySelector("[data-side=attempt] img");
  const reference = parts.querySelector("[data-side=reference] img");
  parts.className = `pictures ${name === "side" ? "" : "stacked"} ${name}`;
  if (attempt) {
    mode = name;
    // one over the other, both take the size of the reference
    const stacked = name !== "side";
    attempt.style.width = stacked ? `${reference.clientWidth}px` : "";
    attempt.style.height = stacked ? `${reference.clientHeight}px` : "";
    attempt.style.maxHeight = stacked ? "none" : "";
  }
  for (const button of main.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
  const hints = {
    side: "",
    slider: "Left of the line the attempt, right of it the reference.",
    blink: still.matches ? "Press b to switch." : "The two pictures take turns.",
    heat: "Pale where both are equal; the stronger the colour, the more they differ.",
  };
  const unequal = name !== "side" && (chosen.reference.width !== chosen.candidate.width || chosen.reference.height !== chosen.candidate.height);
  main.querySelector(".hint").textContent = hints[name] + (unequal ? " The attempt is stretched to the reference's size." : "");
  if (name === "slider") slide(parts.querySelector(".cut"));
  if (name === "heat") heat(parts.querySelector(".heatmap"), reference, attempt);
}

function slide(slider) {
  slider.parentNode.style.setProperty("--cut", `${100 - slider.value / 10}%`);
}

// Largest difference of a channel as colour, on a pale grey copy of the reference.
async function heat(target, reference, attempt) {
  await Promise.all([reference.decode(), attempt.decode()]).catch(() => {});
  const width = (target.width = reference.naturalWidth);
  const height = (target.height = reference.naturalHeight);
  if (!width) return;
  const context = target.getContext("2d", { willReadFrequently: true });
  const pixels = (image) => { context.drawImage(image, 0, 0, width, height); return context.getImageData(0, 0, width, height); };
  const other = pixels(attempt).data;
  const mine = pixels(reference);
  const out = mine.data;
  for (let at = 0; at < out.length; at += 4) {
    const gap = Math.max(Math.abs(out[at] - other[at]), Math.abs(out[at + 1] - other[at + 1]), Math.abs(out[at + 2] - other[at + 2]));
    const pale = 225 + (out[at] + out[at + 1] + out[at + 2]) / 25.5;
    const share = gap < 6 ? 0 : Math.min(1, 0.25 + gap / 160);
    out[at] = pale + (214 - pale) * share;
    out[at + 1] = pale + ((gap > 150 ? 24 : 108) - pale) * share;
    out[at + 2] = pale + (40 - pale) * share;
  }
  context.putImageData(mine, 0, 0);
}

setInterval(() => {
  if (!still.matches) main.querySelector(".pictures.blink")?.classList.toggle("flip");
}, 650);

function toggleBoxes() {
  boxes = !boxes;
  main.classList.toggle("no-boxes", !boxes);
  main.querySelector("[data-boxes]")?.setAttribute("aria-pressed", String(boxes));
}

function errorList(item, verdict) {
  const tabs = item.verdicts.length > 1 ? make("div", { class: "tabs", role: "group", "aria-label": "Whose verdict" }, item.verdicts.map((one, at) =>
    make("button", { type: "button", "aria-pressed": String(at === judge), onclick: () => { judge = at; showCase(item); } }, `${one.judge} · ${one.errors.length}`))) : null;
  if (!verdict) return [make("p", { class: "dim" }, "Nobody has judged this item."), checkControls(item)];
  const count = verdict.errors.length;
  const sum = verdict.errors.reduce((total, error) => total + error.severity, 0);
  const rows = verdict.errors.map((error, at) => make("li", {}, errorRow(error, at + 1, (item.blame[at + 1] ?? []).length), judge === 0 ? decisionButtons(item, at + 1) : null));
  return [tabs,
    make("h3", {}, count ? `${count} difference${count > 1 ? "s" : ""}` : "No difference found", make("small", {}, count ? ` severity ${sum}` : "", verdict.distance == null ? "" : ` · distance ${verdict.distance.toFixed(3)}`)),
    make("ol", {}, rows), judge === 0 ? missedList(item) : null, ...[...verdict.warnings, ...verdict.repairs].map((text) => make("p", { class: "dim" }, text)),
    judge === 0 ? checkControls(item) : null].filter(Boolean);
}

function errorRow(error, at, lines) {
  return make("button", { type: "button", class: "error", "data-error": at, "aria-pressed": "false" },
    make("span", { class: `tag s${error.severity}` }, String(at)),
    make("span", {}, make("b", {}, plain(error.category)), make("small", { title: SEVERITIES[error.severity] }, ` severity ${error.severity}`),
      error.location ? make("span", { class: "where" }, error.location) : null, make("span", { class: "says" }, error.description),
      lines && judge === 0 ? make("small", {}, `line${lines > 1 ? "s" : ""} ${chosen.blame[at].join(", ")}`) : null,
      error.grounded ? make("small", {}, ` ${error.grounded}`) : null));
}

function source(item) {
  if (!item.source) return null;
  const blamed = new Map();
  if (judge === 0) for (const [at, lines] of Object.entries(item.blame)) for (const line of lines) blamed.set(line, [...(blamed.get(line) ?? []), Number(at)]);
  const code = make("code", { class: "code" });
  item.source.split("\n").forEach((text, at) => {
    const errors = blamed.get(at + 1);
    const worst = errors && Math.max(...errors.map((one) => item.verdicts[0]?.errors[one - 1]?.severity ?? 1));
    code.append(make("span", { class: errors ? `line blamed s${worst}` : "line", "data-line": at + 1, "data-error": errors ? errors[0] : null, "data-errors": errors?.join(" ") }, text + "\n"));
  });
  const fold = make("details", { class: "source", open: true }, make("summary", {}, "Source ", make("small", {}, `${item.source.split("\n").length} lines`)),
    make("button", { type: "button", class: "quiet", onclick: () => copy(item.source) }, "copy"), make("pre", { tabindex: "0" }, code));
  return fold;
}

function tables(item) {
  const table = (name, entries) => entries.length ? make("details", { open: true }, make("summary", {}, name),
    make("table", {}, make("tbody", {}, entries.map(([key, value]) => make("tr", {}, make("th", { scope: "row" }, plain(key)), make("td", {}, value)))))) : null;
  const parts = Object.entries(item.parts).map(([key, value]) => [key, number(value)]);
  const more = Object.entries(item.metadata).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
  return make("div", { class: "tables" }, table("Parts of the reward", parts), table("About", more));
}

function light(at) {
  main.classList.toggle("lit", at != null);
  for (const part of main.querySelectorAll("[data-error]")) {
    const mine = (part.dataset.errors ?? part.dataset.error).split(" ");
    part.classList.toggle("on", at != null && mine.includes(String(at)));
  }
}

function pin(at, { toggle = true } = {}) {
  pinned = toggle && pinned === at ? null : at;
  for (const button of main.querySelectorAll(".error")) button.setAttribute("aria-pressed", String(button.dataset.error === String(pinned)));
  light(pinned);
  if (pinned == null) return;
  main.querySelector(`.error[data-error="${pinned}"]`)?.scrollIntoView({ block: "nearest" });
  const line = main.querySelector(`.line.on`);
  if (line) line.closest("pre").scrollTop = line.offsetTop - 60;
}

// One listener for all parts that name an error: boxes' tags, rows of the list, lines of the source.
main.addEventListener("mouseover", (event) => { const part = event.target.closest("[data-error]"); light(part ? Number(part.dataset.error) : pinned); });
main.addEventListener("mouseleave", () => light(pinned));
main.addEventListener("focusin", (event) => { const part = event.target.closest("[data-error]"); light(part ? Number(part.dataset.error) : pinned); });
main.addEventListener("click", (event) => {
  const part = event.target.closest(".tag[data-error], .error[data-error], .line[data-error]");
  if (part) pin(Number(part.dataset.error));
});
