// One item: its pictures, errors and source, what it is worth, and the other attempts beside it.
const main = document.getElementById("case");
const front = document.getElementById("front"); // what a page may open with
let judge = 0; // which of the verdicts is shown
enliven(main);

function showCase(item) {
  pinned = null;
  if (!item) {
    main.replaceChildren(make("p", { class: "nothing" }, items.length ? "Nothing passes the filters." : "There is nothing in this run."));
    return;
  }
  if (!item.verdicts[judge]) judge = Math.max(0, item.verdicts.findIndex(Boolean));
  const verdict = item.verdicts[judge];
  const marks = [...marksOf(verdict?.errors ?? []), ...missedMarks(item)];
  main.replaceChildren(...[
    heading(item), siblings(item), failure(item.failure),
    make("div", { class: "body" },
      views(item.reference, item.candidate, marks, item.id),
      make("section", { class: "errors", "aria-label": "Errors" }, ...errorList(item, verdict))),
    make("div", { class: "lower" }, source(item), tables(item)),
  ].filter(Boolean));
  main.scrollTop = 0;
  setMode(item.candidate ? mode : "side");
}

function showFront(shown) {
  document.body.classList.toggle("at-front", shown);
  for (const button of document.querySelectorAll("[data-place]")) button.setAttribute("aria-pressed", String((button.dataset.place === "front") === shown));
}

function heading(item) {
  const title = make("h2", {}, item.id, " ",
    make("button", { type: "button", class: "quiet", title: "Copy the id (y)", "aria-label": "Copy the id", onclick: () => copy(item.id) }, "copy"));
  const judges = item.verdicts.filter(Boolean);
  return make("header", { class: "heading" },
    make("div", { class: "what" }, title,
      make("p", { class: "badges" }, badge(item.task), paid || item.status !== "scored" ? badge(STATUSES[item.status], item.status) : null,
        label(item) ? badge(label(item)) : null, isDone(item) ? badge("checked", "scored") : null,
        item.tags.map((tag) => badge(plain(tag))),
        judges.map((verdict) => badge(verdict.judge)), item.differ ? badge(`verdicts differ by ${item.differ}`) : null),
      item.note ? make("p", { class: "note" }, item.note) : null),
    Object.entries(item.scores).map((one) => score(...one)), paid ? worth(item.reward) : null);
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
    const value = paid ? (other.reward == null ? "–" : other.reward.toFixed(2)) : plain(other.tags.at(-1) ?? "");
    strip.append(make("button", { type: "button", class: `sibling ${other.status}`, title: other.id, "aria-pressed": String(other === item), onclick: () => choose(other) },
      other.candidate ? picture(other.candidate, "", { loading: "lazy" }) : make("span", { class: "blank" }, "nothing drawn"),
      make("small", { class: paid && other.reward === best ? "best" : null }, `${rounds ? `round ${other.round}: ` : ""}${value}`)));
  }
  return strip;
}

// What the truth holds and the judge did not say, beside what it said.
function missedMarks(item) {
  if (judge !== 0 || !item.matches) return [];
  const found = new Set(item.matches.map(([, truth]) => truth));
  return marksOf(item.verdicts[1].errors, true).filter((_, at) => !found.has(at + 1));
}

// Whether an error of the shown verdict has its like in the other one.
function match(item, at) {
  if (!item.matches) return null;
  const pair = item.matches.find((one) => one[judge] === at);
  if (!pair) return make("span", { class: "match wrong" }, judge === 0 ? "false" : "missed");
  const other = item.verdicts[1 - judge].errors[pair[1 - judge] - 1];
  const says = `${plain(other.category)}, severity ${other.severity}: ${[other.location, other.description].filter(Boolean).join(": ")}`;
  return make("span", { class: "match" }, make("b", {}, "matched"), ` ${item.verdicts[1 - judge].judge} ${pair[1 - judge]}, ${says}`);
}

function errorList(item, verdict) {
  const judges = item.verdicts.flatMap((one, at) => (one ? [[one, at]] : []));
  const tabs = item.verdicts.length > 1 ? make("div", { class: "tabs", role: "group", "aria-label": "Whose verdict" }, judges.map(([one, at]) =>
    make("button", { type: "button", "aria-pressed": String(at === judge), onclick: () => { judge = at; showCase(item); } }, `${one.judge} · ${one.errors.length}`))) : null;
  const unjudged = item.verdicts[0] ? null : make("p", { class: "dim" }, "Nobody has judged this item.");
  if (!verdict) return [unjudged, checkControls(item)];
  const missed = missedMarks(item);
  const rows = marksOf(verdict.errors).map((mark, at) => make("li", {}, errorRow(mark, blamedLines(item, at + 1), match(item, at + 1)), judge === 0 ? decisionButtons(item, at + 1) : null));
  return [tabs, unjudged, errorsHead(verdict.errors, verdict.distance), judge === 0 ? tally(item, missed) : null, make("ol", {}, rows),
    missed.length ? [make("h3", {}, "Missed", make("small", {}, ` of ${counted(item.verdicts[1].errors.length, "true error")}, boxed with dashes`)), make("ol", {}, missed.map((mark) => make("li", {}, errorRow(mark))))] : null,
    judge === 0 ? missedList(item) : null, [...verdict.warnings, ...verdict.repairs].map((text) => make("p", { class: "dim" }, text)),
    judge === 0 ? checkControls(item) : null].flat().filter(Boolean);
}

function tally(item, missed) {
  if (!item.matches) return null;
  const matched = item.matches.length;
  return make("p", { class: "tally" }, `${matched} matched, ${item.verdicts[0].errors.length - matched} false, ${missed.length} missed`);
}

function blamedLines(item, at) {
  const lines = judge === 0 ? item.blame[at] ?? [] : [];
  return lines.length ? make("small", {}, `line${lines.length > 1 ? "s" : ""} ${lines.join(", ")}`) : null;
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
  return make("details", { class: "source", open: true }, make("summary", {}, "Source ", make("small", {}, counted(item.source.split("\n").length, "line"))),
    make("button", { type: "button", class: "quiet", onclick: () => copy(item.source) }, "copy"), make("pre", { tabindex: "0" }, code));
}

function tables(item) {
  const more = Object.entries(item.metadata).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
  return make("div", { class: "tables" }, table("Parts of the reward", Object.entries(item.parts).map(([key, value]) => [key, number(value)])), table("About", more));
}
