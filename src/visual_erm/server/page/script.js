const ask = document.getElementById("ask");
const result = document.getElementById("result");
const told = ask.querySelector("output");
const files = { reference: null, prediction: null };
const severities = { 1: "minor", 2: "needs correction", 3: "misleads" };
const statuses = { scored: "scored", policy_fault: "policy fault" };
let chosen = null; // the example that the form was filled from
let running = null;

// Elements are made of texts and never of markup: what a model wrote stays text.
function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...inside.filter((part) => part !== null));
  return element;
}

function say(words, wrong = false) {
  told.textContent = words;
  told.classList.toggle("wrong", wrong);
}

// -- what is compared

function put(name, file) {
  files[name] = file;
  const drop = ask.querySelector(`[data-input="${name}"]`);
  const image = drop.querySelector("img");
  if (image.src) URL.revokeObjectURL(image.src);
  drop.classList.toggle("full", Boolean(file));
  image.hidden = !file;
  if (file) {
    image.src = URL.createObjectURL(file);
    image.alt = `${name === "reference" ? "Reference" : "Attempt"}: ${file.name}`;
  } else {
    image.removeAttribute("src");
  }
  say("");
}

function setForm(form) {
  ask.elements.form.value = form;
  const source = form === "completion";
  ask.querySelector('[data-input="prediction"]').hidden = source;
  ask.elements.completion.hidden = !source;
}

for (const drop of ask.querySelectorAll(".drop")) {
  const name = drop.dataset.input;
  drop.querySelector("input").addEventListener("change", (event) => {
    if (event.target.files.length) take(name, event.target.files[0]);
    event.target.value = "";
  });
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    drop.classList.remove("over");
    spread([...event.dataTransfer.files], name);
  });
}
// A file that misses its place must not replace the page.
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("drop", (event) => spread([...event.dataTransfer.files]));
document.addEventListener("paste", (event) => spread([...event.clipboardData.files]));

function take(name, file) {
  chosen = null;
  put(name, file);
}

// One file goes where it was dropped, or where there is room; of two the first is the reference.
function spread(dropped, name = null) {
  if (dropped.length > 1) {
    take("reference", dropped[0]);
    take("prediction", dropped[1]);
    setForm("prediction");
  } else if (dropped.length === 1) {
    const target = name ?? (files.reference ? "prediction" : "reference");
    take(target, dropped[0]);
    if (target === "prediction") setForm("prediction");
  }
}

ask.addEventListener("change", (event) => {
  if (event.target.name === "form") setForm(event.target.value);
});
ask.elements.completion.addEventListener("input", () => { chosen = null; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    ask.requestSubmit();
  }
});

// -- asking

function call(path, options = {}) {
  const token = ask.elements.token?.value;
  return fetch(path, { ...options, headers: token ? { Authorization: `Bearer ${token}` } : {} });
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  compare();
});

async function compare() {
  const form = ask.elements.form.value;
  const source = ask.elements.completion.value;
  if (!files.reference) return say("A reference picture is missing.", true);
  if (form === "prediction" && !files.prediction) return say("A picture of the attempt is missing.", true);
  if (form === "completion" && !source.trim()) return say("The source of the attempt is missing.", true);
  running?.abort();
  const mine = (running = new AbortController());
  const body = new FormData();
  body.set("task", ask.elements.task.value);
  body.set("reference", files.reference);
  if (form === "prediction") body.set("prediction", files.prediction);
  else {
    body.set(chosen ? "source" : "completion", source);
    body.set("rendering", "true");
  }
  const button = ask.querySelector(".main");
  button.setAttribute("aria-disabled", "true");
  say(form === "prediction" ? "Comparing…" : "Drawing and comparing…");
  try {
    const path = form === "prediction" ? "/v1/judge" : "/v1/score";
    const answer = await call(path, { method: "POST", body, signal: mine.signal });
    const row = await answer.json();
    say("");
    if (answer.ok) await show(row, form, source);
    else refuse(row, answer);
  } catch (error) {
    if (error.name !== "AbortError") say("The server cannot be reached.", true);
  } finally {
    if (running === mine) {
      running = null;
      button.removeAttribute("aria-disabled");
    }
  }
}

function refuse(problem, answer) {
  const wait = answer.headers.get("Retry-After");
  const again = wait ? ` Try again in ${wait} s.` : "";
  result.replaceChildren(
    make("article", { class: "case" },
      make("h3", {}, "No result"),
      make("div", { class: "failure infra_fault" },
        make("p", {}, make("strong", {}, `${problem.title} (${problem.code}). `), problem.detail + "." + again))),
  );
  say("No result: " + problem.detail + ".", true);
}

// -- the answer

async function show(row, form, source) {
  const reference = await pictured("Reference", URL.createObjectURL(files.reference), row.errors, "bbox");
  let drawn = null;
  if (form === "prediction") drawn = URL.createObjectURL(files.prediction);
  else if (row.rendering?.picture) drawn = row.rendering.picture;
  const attempt = drawn ? await pictured("Attempt", drawn, row.errors, "bbox_prediction") : null;
  const article = make("article", { class: "case" },
    heading(row), failure(row.failure),
    make("div", { class: "body" },
      make("div", { class: "views" },
        attempt ? modes(row.errors) : null,
        make("div", { class: "pictures" }, reference, attempt ?? nothing()),
        make("p", { class: "hint", hidden: true })),
      row.judge ? errorList(row) : null),
    parts(row.parts),
    form === "completion" ? folded("Source", make("pre", { tabindex: "0" }, make("code", {}, source))) : null);
  result.replaceChildren(article);
  enliven(article);
  const number = row.errors.length;
  const worth = row.reward === null ? "no reward" : `reward ${row.reward.toFixed(3)}`;
  say(`${worth}, ${number} difference${number === 1 ? "" : "s"}`);
  result.focus({ preventScroll: true });
  result.scrollIntoView({ behavior: still.matches ? "auto" : "smooth", block: "start" });
}

function heading(row) {
  const badges = make("p", { class: "badges" },
    make("span", { class: "badge" }, row.task), " ",
    make("span", { class: `badge ${row.status}` }, statuses[row.status] ?? row.status), " ",
    row.judge ? make("span", { class: "badge quiet" }, `judge ${row.judge.name} ${row.judge.revision}`) : null);
  const value = row.reward === null ? "none" : row.reward.toFixed(3);
  const facts = make("dl", { class: "scores" });
  const fact = (name, text, ...more) => facts.append(make("div", more.length ? { class: "reward" } : {}, make("dt", {}, name), make("dd", {}, text), ...more));
  if (row.distance != null) fact("Distance", row.distance.toFixed(3));
  fact("Reward", value, ...(row.reward === null ? [] : [make("dd", { class: "meter" }, make("meter", { min: 0, max: 1, value: row.reward }, `${value} of 1`))]));
  return make("header", {},
    make("div", { class: "what" }, make("h3", {}, chosen ? chosen.title : "Result"), badges, attempts()), facts);
}

function attempts() {
  if (!chosen) return null;
  const line = make("p", { class: "attempts", role: "group", "aria-label": "Attempts at this example" }, make("span", { class: "dim" }, "Attempts:"));
  for (const attempt of chosen.attempts) {
    const words = attempt.kind === "cheat" ? `cheat: ${attempt.note}` : attempt.note;
    const button = make("button", { type: "button", "aria-pressed": String(attempt.source === ask.elements.completion.value) }, words);
    button.addEventListener("click", () => {
      ask.elements.completion.value = attempt.source;
      compare();
    });
    line.append(button);
  }
  return line;
}

function failure(fault) {
  if (!fault) return null;
  return make("div", { class: "failure policy_fault" },
    make("p", {}, make("strong", {}, `${fault.stage}: ${fault.code}. `), fault.message),
    fault.detail ? folded("Detail", make("pre", { tabindex: "0" }, fault.detail)) : null);
}

function folded(words, content) {
  return make("details", {}, make("summary", {}, words), content);
}

function parts(values) {
  const known = Object.entries(values ?? {}).filter(([, value]) => value >= 0);
  const rows = known.map(([name, value]) => make("tr", {},
    make("th", { scope: "row" }, name.replaceAll("_", " ")), make("td", {}, String(Number(value.toPrecision(4))))));
  return folded("Parts of the reward", make("table", {}, make("tbody", {}, ...rows)));
}

function modes(errors) {
  const button = (words, attributes) => make("button", { type: "button", ...attributes }, words);
  return make("div", { class: "modes", role: "group", "aria-label": "View" },
    button("Side by side", { "data-mode": "side", "aria-pressed": "true" }),
    button("Difference", { "data-mode": "difference", "aria-pressed": "false" }),
    button("Blink", { "data-mode": "blink", "aria-pressed": "false" }),
    errors.length ? button("Boxes", { "data-boxes": true, "aria-pressed": "true" }) : null);
}

function nothing() {
  return make("figure", { class: "picture" }, make("figcaption", {}, "Attempt"),
    make("div", { class: "canvas none" }, "nothing was drawn"));
}

async function pictured(label, address, errors, key) {
  const image = make("img", { alt: label, src: address });
  await image.decode();
  const width = image.naturalWidth;
  const height = image.naturalHeight;
  image.width = width;
  image.height = height;
  const space = "http://www.w3.org/2000/svg";
  const boxes = document.createElementNS(space, "svg");
  boxes.setAttribute("class", "boxes");
  boxes.setAttribute("viewBox", `0 0 ${width} ${height}`);
  boxes.setAttribute("preserveAspectRatio", "none");
  boxes.setAttribute("aria-hidden", "true");
  const canvas = make("div", { class: "canvas" }, image, boxes);
  errors.forEach((error, place) => {
    if (!error[key]) return;
    const [x0, y0, x1, y1] = error[key];
    const rect = document.createElementNS(space, "rect");
    const shape = { class: `box s${error.severity}`, "data-error": place + 1, x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
    for (const [name, value] of Object.entries(shape)) rect.setAttribute(name, value);
    boxes.append(rect);
    canvas.append(make("button", {
      type: "button", class: `tag s${error.severity}`, tabindex: "-1", "aria-hidden": "true",
      "data-error": place + 1, "data-x": x0 / width, "data-y": y0 / height,
    }, String(place + 1)));
  });
  return make("figure", { class: "picture", "data-side": label.toLowerCase() },
    make("figcaption", {}, label + " ", make("span", { class: "dim" }, `${width} × ${height}`)), canvas);
}

function errorList(row) {
  const number = row.errors.length;
  const head = number ? `${number} difference${number === 1 ? "" : "s"}, severity ${row.severity} in all` : "No difference found";
  const list = make("ol");
  row.errors.forEach((error, place) => {
    const texts = make("span", {},
      make("span", { class: "kind" }, error.category.replaceAll("_", " ")),
      make("span", { class: "level" }, `severity ${error.severity}, ${severities[error.severity]}`),
      error.location ? make("span", { class: "where" }, error.location) : null,
      make("span", { class: "says" }, error.description),
      error.grounded ? make("span", { class: "dim" }, error.grounded) : null);
    list.append(make("li", {}, make("button", { type: "button", class: "error", "data-error": place + 1, "aria-pressed": "false" },
      make("span", { class: `tag s${error.severity}` }, String(place + 1)), texts)));
  });
  // up and down go through the list, as in any other
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...list.querySelectorAll("button")];
    buttons[buttons.indexOf(document.activeElement) + step]?.focus();
  });
  return make("div", { class: "errors" }, make("h4", {}, head), list);
}

// -- examples

for (const button of document.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => example(button.dataset.example));
}

async function example(id) {
  say("Drawing the example…");
  try {
    const [about, picture] = await Promise.all([call(`/examples/${id}`), call(`/examples/${id}/reference.png`)]);
    for (const answer of [about, picture]) {
      if (!answer.ok) return refuse(await answer.json(), answer);
    }
    const found = await about.json();
    put("reference", new File([await picture.blob()], `${id}.png`, { type: "image/png" }));
    ask.elements.task.value = found.task;
    setForm("completion");
    ask.elements.completion.value = found.attempts[0].source;
    chosen = found;
    await compare();
  } catch {
    say("The server cannot be reached.", true);
  }
}

setForm(ask.elements.form.value);
