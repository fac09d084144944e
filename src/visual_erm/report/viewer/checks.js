// What a person says of the errors: accepted, rejected, corrected, missed. Kept in this browser, and
// exported as JSON, of which `verm bench checked` makes rows of a benchmark.
const STORE = "verm-check:";
const footer = document.getElementById("checks");
const checks = { who: kept.get("verm-who") ?? "", items: Object.create(null) }; // an id may be "__proto__"
footer.querySelector("[name=who]").value = checks.who;
for (const item of items) {
  const said = kept.get(STORE + item.digest);
  if (said) checks.items[item.id] = JSON.parse(said);
}

function checkOf(item) {
  return (checks.items[item.id] ??= { errors: {}, missed: [], done: false });
}

function isDone(item) {
  return Boolean(checks.items[item.id]?.done);
}

function save(item) {
  if (item && !kept.set(STORE + item.digest, JSON.stringify(checkOf(item)))) say("This browser keeps nothing for this page: export before you close it");
  const done = items.filter(isDone).length;
  footer.querySelector("output").textContent = done ? `${done} of ${items.length} checked` : "nothing checked yet";
}

function refresh(item, at = null) {
  save(item);
  showCase(item);
  if (at != null) pin(String(at), { toggle: false });
  draw(true);
}

function decide(item, at, decision) {
  const errors = checkOf(item).errors;
  if (errors[at]?.decision === decision) delete errors[at];
  else errors[at] = { decision };
  refresh(item, at);
}

function decisionButtons(item, at) {
  const said = checks.items[item.id]?.errors[at];
  const button = (decision, sign, title) => make("button", { type: "button", class: decision, title, "aria-label": title, "aria-pressed": String(said?.decision === decision),
    onclick: () => (decision === "correct" ? correct(item, at) : decide(item, at, decision)) }, sign);
  const fixed = said?.decision === "correct" ? make("small", { class: "fixed" }, `${plain(said.category)}, severity ${said.severity}: ${said.description}`) : null;
  return make("div", { class: `decisions ${said?.decision ?? ""}` },
    button("accept", "✓", "Accept (a)"), button("reject", "✗", "Reject (r)"), button("correct", "✎", "Correct (e)"), fixed);
}

function missedList(item) {
  const missed = checks.items[item.id]?.missed ?? [];
  if (!missed.length) return null;
  return make("ul", { class: "missed" }, missed.map((error, at) => make("li", {},
    make("span", { class: `tag s${error.severity}` }, "+"), make("span", {}, make("b", {}, plain(error.category)), make("small", {}, ` severity ${error.severity}, missed by the judge`),
      error.location ? make("span", { class: "where" }, error.location) : null, make("span", { class: "says" }, error.description)),
    make("button", { type: "button", class: "quiet", "aria-label": "Remove", onclick: () => { missed.splice(at, 1); refresh(item); } }, "remove"))));
}

function checkControls(item) {
  return make("div", { class: "controls" },
    make("button", { type: "button", onclick: () => addMissed(item) }, "Add a missed error ", make("kbd", {}, "m")),
    make("button", { type: "button", class: "main", "aria-pressed": String(isDone(item)), onclick: () => finish(item) }, isDone(item) ? "Checked" : "Mark as checked ", isDone(item) ? null : make("kbd", {}, "Enter")));
}

// A checked item says something of each error: those that were left alone are accepted.
function finish(item) {
  const check = checkOf(item);
  check.done = !check.done;
  if (check.done) (item.verdicts[0]?.errors ?? []).forEach((_, at) => { check.errors[at + 1] ??= { decision: "accept" }; });
  refresh(item);
  if (check.done) step(1);
}

function correct(item, at) {
  const error = item.verdicts[0].errors[at - 1];
  const said = checks.items[item.id]?.errors[at];
  ask(`Correct error ${at}`, item.task, said?.decision === "correct" ? said : error, (fixed) => {
    checkOf(item).errors[at] = { decision: "correct", ...fixed };
    refresh(item, at);
  });
}

function addMissed(item) {
  ask("What did the judge miss?", item.task, { category: run.categories[item.task][0], severity: 2, location: "", description: "" }, (error) => {
    checkOf(item).missed.push(error);
    refresh(item);
  });
}

function ask(title, task, error, then) {
  const dialog = document.getElementById("edit");
  const choice = (name, values, text) => make("select", { name }, values.map((value) => make("option", { value, selected: String(value) === String(error[name]) }, text(value))));
  const names = [...new Set([...run.categories[task], error.category])];
  const fields = make("form", { method: "dialog" }, make("h2", {}, title),
    make("label", {}, "Category ", choice("category", names, plain)),
    make("label", {}, "Severity ", choice("severity", [1, 2, 3], (value) => `${value}, ${SEVERITIES[value]}`)),
    make("label", {}, "Where ", make("input", { name: "location", value: error.location ?? "" })),
    make("label", {}, "What differs ", make("textarea", { name: "description", rows: 3, required: true }, error.description ?? "")),
    make("p", { class: "ends" }, make("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), make("button", { class: "main" }, "Keep")));
  fields.addEventListener("submit", () => {
    const values = Object.fromEntries(new FormData(fields));
    then({ ...values, severity: Number(values.severity) });
  });
  dialog.replaceChildren(fields);
  dialog.showModal();
  fields.elements.description.focus();
}

function exported() {
  const rows = items.filter((item) => checks.items[item.id]).map((item) => {
    const check = checks.items[item.id];
    const errors = (item.verdicts[0]?.errors ?? []).map((error, at) => {
      const said = check.errors[at + 1];
      const { category, severity, location, description } = { ...error, ...said };
      return { number: at + 1, decision: said?.decision ?? null, category, severity, location, description };
    });
    return { id: item.id, digest: item.digest, task: item.task, done: check.done, errors, missed: check.missed };
  });
  return { format: "visual-erm checks", title: run.title, annotator: checks.who, items: rows };
}

function exportChecks() {
  if (!checks.who) {
    footer.querySelector("[name=who]").focus();
    return say("Who has checked? Write your name first");
  }
  const address = URL.createObjectURL(new Blob([JSON.stringify(exported(), null, 1) + "\n"], { type: "application/json" }));
  const name = `checks-${checks.who.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
  say(`Exported ${name}`);
}

async function loadChecks(file) {
  let read = null;
  try {
    read = JSON.parse(await file.text());
  } catch { /* said below */ }
  if (read?.format !== "visual-erm checks" || !Array.isArray(read.items)) return say("That is no file of checks");
  const known = new Map(items.map((item) => [item.digest, item]));
  const rows = read.items.filter((row) => known.has(row.digest));
  for (const row of rows) {
    const errors = Object.fromEntries(row.errors.filter((error) => error.decision).map(({ number: at, ...said }) => [at, said]));
    checks.items[row.id] = { errors, missed: row.missed, done: row.done };
    save(known.get(row.digest));
  }
  checks.who ||= read.annotator;
  footer.querySelector("[name=who]").value = checks.who;
  kept.set("verm-who", checks.who);
  arrange();
  showCase(chosen);
  say(`${rows.length} checks loaded` + (rows.length < read.items.length ? `; ${read.items.length - rows.length} are of other items` : ""));
}

footer.querySelector("[name=who]").addEventListener("input", (event) => { checks.who = event.target.value.trim(); kept.set("verm-who", checks.who); });
footer.querySelector("[type=file]").addEventListener("change", (event) => event.target.files[0] && loadChecks(event.target.files[0]));
