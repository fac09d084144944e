const ask = document.getElementById("ask");
const result = document.getElementById("result");
const told = ask.querySelector("output");
const files = { reference: null, prediction: null };
let chosen = null; // the example that the form was filled from
let running = null;

enliven(result);

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
      make("h2", {}, "No result"),
      make("div", { class: "failure infrastructure" },
        make("p", {}, make("b", {}, `${problem.title} (${problem.code}). `), problem.detail + "." + again))),
  );
  say("No result: " + problem.detail + ".", true);
}

// -- the answer

async function show(row, form, source) {
  const reference = await measured(URL.createObjectURL(files.reference));
  let drawn = null;
  if (form === "prediction") drawn = URL.createObjectURL(files.prediction);
  else if (row.rendering?.picture) drawn = row.rendering.picture;
  const attempt = drawn ? await measured(drawn) : null;
  const marks = marksOf(row.errors);
  pinned = null;
  result.replaceChildren(make("article", { class: "case" },
    heading(row), failure(row.failure),
    make("div", { class: "body" }, views(reference, attempt, marks, chosen?.title ?? "the attempt"), row.judge ? errorList(row, marks) : null),
    make("div", { class: "lower" }, form === "completion" ? sourceOf(source) : null,
      table("Parts of the reward", Object.entries(row.parts ?? {}).filter(([, value]) => value >= 0).map(([name, value]) => [name, number(value)])))));
  setMode(attempt ? mode : "side");
  say(`${row.reward === null ? "no reward" : `reward ${reward(row.reward)}`}, ${counted(row.errors.length, "difference")}`);
  result.focus({ preventScroll: true });
  result.scrollIntoView({ behavior: still.matches ? "auto" : "smooth", block: "start" });
}

async function measured(key) {
  const image = new Image();
  image.src = key;
  await image.decode();
  return { key, width: image.naturalWidth, height: image.naturalHeight };
}

function picture(shown, alt) {
  return make("img", { alt, src: shown.key, width: shown.width, height: shown.height });
}

function heading(row) {
  const judge = row.judge ? badge(`${row.judge.name} ${row.judge.revision}`.trim()) : null;
  return make("header", { class: "heading" },
    make("div", { class: "what" }, make("h2", {}, chosen ? chosen.title : "Result"),
      make("p", { class: "badges" }, badge(row.task), badge(STATUSES[row.status] ?? row.status, row.status), judge), attempts()),
    row.distance == null ? null : score("distance", row.distance), worth(row.reward));
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

function errorList(row, marks) {
  return make("section", { class: "errors", "aria-label": "Errors" }, errorsHead(row.errors), make("ol", {}, marks.map((mark) => make("li", {}, errorRow(mark)))));
}

function sourceOf(text) {
  return make("details", { class: "source" }, make("summary", {}, "Source ", make("small", {}, counted(text.split("\n").length, "line"))),
    make("pre", { tabindex: "0" }, make("code", {}, text)));
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
