// Two pictures in four views; their boxes, and the errors and lines that point at them. A page says
// with `enliven` which element shows the case, and has a function `picture(shown, alt)`: an image.
//
// Marks are what is boxed and listed: {name, text, error, missed}. The name is that of `data-error`
// everywhere; what the judge missed has another one than what it said.
const MODES = { side: ["Side by side", "v"], slider: ["Slider", "s"], blink: ["Blink", "b"], heat: ["Difference", "d"] };
const SPACE = "http://www.w3.org/2000/svg";
let stage = null;
let mode = "side";
let boxes = true;
let pinned = null; // name of the chosen mark

function marksOf(errors, missed = false) {
  return errors.map((error, at) => ({ name: (missed ? "missed " : "") + (at + 1), text: String(at + 1), error, missed }));
}

function modeButtons(marks) {
  const buttons = Object.entries(MODES).map(([name, [text, key]]) =>
    make("button", { type: "button", "data-mode": name, title: `${text} (${key})`, onclick: () => againOrSet(name) }, text));
  const toggle = make("button", { type: "button", title: "Boxes (x)", "data-boxes": true, "aria-pressed": String(boxes), onclick: toggleBoxes }, "Boxes");
  return make("div", { class: "modes", role: "group", "aria-label": "View" }, buttons, marks.length ? toggle : null);
}

function views(reference, candidate, marks, of) {
  return make("section", { class: "views", "aria-label": "Pictures" }, candidate ? modeButtons(marks) : null, pictures(reference, candidate, marks, of), make("p", { class: "hint" }));
}

function pictures(reference, candidate, marks, of) {
  const figure = (side, shown, key) => make("figure", { class: "picture", "data-side": side },
    make("figcaption", {}, side === "reference" ? "Reference " : "Attempt ", make("small", {}, `${shown.width} × ${shown.height}`)),
    canvas(shown, `${side} of ${of}`, marks, key));
  const attempt = candidate ? figure("attempt", candidate, "bbox_prediction")
    : make("figure", { class: "picture" }, make("figcaption", {}, "Attempt"), make("div", { class: "canvas none" }, "nothing was drawn"));
  const slider = make("input", { type: "range", min: 0, max: 1000, value: 500, class: "cut", "aria-label": "How much of the attempt is shown" });
  slider.addEventListener("input", () => slide(slider));
  const first = figure("reference", reference, "bbox");
  first.querySelector("img").after(make("canvas", { class: "heatmap" }));
  const unequal = candidate && (reference.width !== candidate.width || reference.height !== candidate.height);
  return make("div", { class: "pictures", "data-unequal": unequal }, first, attempt, slider);
}

function canvas(shown, alt, marks, key) {
  const overlay = document.createElementNS(SPACE, "svg");
  for (const [name, value] of Object.entries({ class: "boxes", viewBox: `0 0 ${shown.width} ${shown.height}`, preserveAspectRatio: "none", "aria-hidden": "true" })) overlay.setAttribute(name, value);
  const node = make("div", { class: "canvas" }, picture(shown, alt), overlay);
  for (const { name: of, text, error, missed } of marks) {
    if (!error[key]) continue;
    const [x0, y0, x1, y1] = error[key];
    const kind = `s${error.severity}${missed ? " overlooked" : ""}`;
    const box = document.createElementNS(SPACE, "rect");
    for (const [name, value] of Object.entries({ class: `box ${kind}`, "data-error": of, x: x0, y: y0, width: x1 - x0, height: y1 - y0 })) box.setAttribute(name, value);
    overlay.append(box);
    const tag = make("button", { type: "button", class: `tag ${kind}`, "data-error": of, tabindex: "-1", "aria-hidden": "true" }, text);
    tag.style.left = `${100 * x0 / shown.width}%`;
    tag.style.top = `${100 * y0 / shown.height}%`;
    node.append(tag);
  }
  return node;
}

function setMode(name) {
  const parts = stage.querySelector(".pictures");
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
  for (const button of stage.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
  const hints = {
    side: "",
    slider: "Left of the line the attempt, right of it the reference.",
    blink: still.matches ? "Press Blink again to switch." : "The two pictures take turns.",
    heat: "Pale where both are equal; the stronger the colour, the more they differ.",
  };
  const unequal = name !== "side" && "unequal" in parts.dataset;
  stage.querySelector(".hint").textContent = hints[name] + (unequal ? " The attempt is stretched to the reference's size." : "");
  if (name === "slider") slide(parts.querySelector(".cut"));
  if (name === "heat") heat(parts.querySelector(".heatmap"), reference, attempt);
}

// Where nothing may move by itself, asking for what is shown switches the pictures.
function againOrSet(name) {
  if (name === "blink" && mode === "blink" && still.matches) stage.querySelector(".pictures").classList.toggle("flip");
  else setMode(name);
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
  if (!still.matches) stage?.querySelector(".pictures.blink")?.classList.toggle("flip");
}, 650);

function toggleBoxes() {
  boxes = !boxes;
  stage.classList.toggle("no-boxes", !boxes);
  stage.querySelector("[data-boxes]")?.setAttribute("aria-pressed", String(boxes));
}

function errorsHead(errors, distance) {
  const severity = errors.reduce((total, error) => total + error.severity, 0);
  return make("h3", {}, errors.length ? counted(errors.length, "difference") : "No difference found",
    make("small", {}, errors.length ? ` severity ${severity}` : "", distance == null ? "" : ` · distance ${distance.toFixed(3)}`));
}

// One error of the list; `more` is what the page knows besides.
function errorRow({ name, text, error, missed }, ...more) {
  return make("button", { type: "button", class: "error", "data-error": name, "aria-pressed": String(name === pinned) },
    make("span", { class: `tag s${error.severity}${missed ? " overlooked" : ""}` }, text),
    make("span", {}, make("b", {}, plain(error.category)), make("small", {}, ` severity ${error.severity}, ${SEVERITIES[error.severity]}`),
      error.location ? make("span", { class: "where" }, error.location) : null, make("span", { class: "says" }, error.description),
      error.grounded ? make("small", {}, ` ${error.grounded}`) : null, ...more));
}

function light(name) {
  stage.classList.toggle("lit", name != null);
  for (const part of stage.querySelectorAll("[data-error]")) {
    const mine = part.dataset.errors?.split(" ") ?? [part.dataset.error];
    part.classList.toggle("on", name != null && mine.includes(name));
  }
}

function pin(name, { toggle = true } = {}) {
  pinned = toggle && pinned === name ? null : name;
  for (const button of stage.querySelectorAll(".error")) button.setAttribute("aria-pressed", String(button.dataset.error === pinned));
  light(pinned);
  if (pinned == null) return;
  stage.querySelector(`.error[data-error="${pinned}"]`)?.scrollIntoView({ block: "nearest" });
  const line = stage.querySelector(".line.on");
  if (line) line.closest("pre").scrollTop = line.offsetTop - 60;
}

// One listener for all parts that name an error: boxes' tags, rows of the list, lines of the source.
function enliven(element) {
  stage = element;
  const point = (event) => light(event.target.closest("[data-error]")?.dataset.error ?? pinned);
  stage.addEventListener("mouseover", point);
  stage.addEventListener("focusin", point);
  stage.addEventListener("mouseleave", () => light(pinned));
  stage.addEventListener("click", (event) => {
    const part = event.target.closest(".tag[data-error], .error[data-error], .line[data-error]");
    if (part) pin(part.dataset.error);
  });
  // up and down go through the list, as in any other
  stage.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !event.target.closest(".error")) return;
    const all = [...stage.querySelectorAll(".error")];
    all[all.indexOf(event.target) + by]?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page from disk may lack the permission; the old way needs none
    const field = make("textarea", { class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say("Copied " + text);
}
