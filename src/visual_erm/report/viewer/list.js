// The list: filters, order, groups, and only those rows that can be seen.
const ROW = 62;
const HEAD = 34;
const list = document.getElementById("list");
const space = list.querySelector(".space");
const form = document.getElementById("filters");
let rows = []; // {top, height, item} or {top, height, group, members}
let shownItems = [];
let chosen = null;

function options(select, values, label = (value) => value) {
  select.append(make("option", { value: "" }, "any"), ...values.map((value) => make("option", { value }, label(value))));
}

options(form.task, [...new Set(items.map((item) => item.task))]);
options(form.status, [...new Set(items.map((item) => item.status))], (status) => STATUSES[status]);
options(form.category, [...new Set(items.flatMap((i) => i.verdicts.flatMap((v) => v?.errors.map((e) => e.category) ?? [])))].sort(), plain);
const tagged = Map.groupBy(items.flatMap((item) => [...new Set(item.tags)]), (tag) => tag);
options(form.tag, [...tagged.keys()].sort(), (tag) => `${plain(tag)} (${tagged.get(tag).length})`);
const THERE = {
  second: items.some((item) => item.verdicts[1]), group: items.some((item) => item.group), tag: tagged.size > 0,
  match: items.some((item) => item.matches), paid,
};
for (const part of document.querySelectorAll("[data-when]")) part.hidden = !THERE[part.dataset.when];
// a choice among one is none
for (const select of [form.task, form.status, form.category]) select.parentNode.hidden = select.options.length < 3;

const ORDERS = {
  order: () => 0,
  low: (a, b) => (a.reward ?? Infinity) - (b.reward ?? Infinity),
  high: (a, b) => (b.reward ?? -Infinity) - (a.reward ?? -Infinity),
  severity: (a, b) => b.severity - a.severity,
  differ: (a, b) => b.differ - a.differ,
  id: (a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }),
};

// What came of the comparison with the truth.
const OUTCOMES = {
  missed: (item) => item.matches && item.matches.length < item.verdicts[1].errors.length,
  false: (item) => item.matches && item.matches.length < item.verdicts[0].errors.length,
  right: (item) => item.matches && !OUTCOMES.missed(item) && !OUTCOMES.false(item),
};

function passes(item) {
  const text = form.text.value.trim().toLowerCase();
  return (!form.task.value || item.task === form.task.value) &&
    (!form.status.value || item.status === form.status.value) &&
    item.worst >= Number(form.severity.value) &&
    item.differ >= Number(form.differ.value) &&
    (!form.tag.value || item.tags.includes(form.tag.value)) &&
    (!form.match.value || OUTCOMES[form.match.value](item)) &&
    (!form.category.value || item.verdicts.some((v) => v?.errors.some((e) => e.category === form.category.value))) &&
    (!form.checked.value || isDone(item) === (form.checked.value === "yes")) &&
    (!text || words(item).includes(text));
}

// Groups stand where their first item stands; rounds of a refinement are always in their order.
function arrange() {
  const order = ORDERS[form.sort.value];
  const passed = items.filter(passes).sort((a, b) => order(a, b) || a.place - b.place);
  rows = [];
  shownItems = [];
  let top = 0;
  const put = (row, height) => { rows.push({ ...row, top, height }); top += height; };
  const grouped = new Map();
  for (const item of passed) {
    const name = form.grouped.checked ? item.group : "";
    if (!grouped.has(name)) grouped.set(name, []);
    grouped.get(name).push(item);
  }
  for (const [name, members] of grouped) {
    if (members.every((item) => item.round != null)) members.sort((a, b) => a.round - b.round);
    if (name) put({ group: name, members }, HEAD);
    for (const item of members) {
      put({ item }, ROW);
      shownItems.push(item);
    }
  }
  space.style.height = top + "px";
  list.classList.toggle("empty", !shownItems.length);
  form.querySelector("output").textContent = `${shownItems.length} of ${items.length}`;
  draw(true);
}

const drawn = new Map();

function draw(anew = false) {
  if (anew) {
    drawn.clear();
    space.replaceChildren();
  }
  const from = list.scrollTop - 300;
  const to = list.scrollTop + list.clientHeight + 300;
  let low = 0;
  for (let high = rows.length; low < high;) {
    const middle = (low + high) >> 1;
    if (rows[middle].top + rows[middle].height < from) low = middle + 1;
    else high = middle;
  }
  const wanted = new Set();
  for (let at = low; at < rows.length && rows[at].top < to; at++) wanted.add(at);
  for (const [at, node] of drawn) {
    if (!wanted.has(at)) {
      node.remove();
      drawn.delete(at);
    }
  }
  for (const at of wanted) {
    if (drawn.has(at)) continue;
    const node = rows[at].item ? itemRow(rows[at].item) : groupRow(rows[at]);
    node.style.transform = `translateY(${rows[at].top}px)`;
    node.style.height = rows[at].height + "px";
    drawn.set(at, node);
    space.append(node);
  }
}

function groupRow({ group, members }) {
  const values = members.map((item) => item.reward).filter((value) => value != null);
  const mean = values.length ? ` · mean ${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2)}` : "";
  return make("div", { class: "group", title: group }, make("b", {}, group), make("span", {}, `${members.length}${mean}`));
}

function label(item) {
  const where = [item.step == null ? null : `step ${item.step}`, item.round == null ? null : `round ${item.round}`];
  return where.filter(Boolean).join(", ");
}

// The end of an id tells the members of a group apart; where it is too long, its beginning goes.
function shortened(id) {
  const at = Math.max(id.lastIndexOf("/"), id.lastIndexOf("#")) + 1;
  return make("b", { title: id }, at && at < id.length ? make("i", {}, id.slice(0, at)) : null, make("span", {}, id.slice(at < id.length ? at : 0)));
}

function itemRow(item) {
  const errors = item.verdicts[0]?.errors.length;
  const facts = [item.task, label(item),
    item.status !== "scored" ? STATUSES[item.status] : errors == null ? "not judged" : errors === 0 ? "no error" : `${errors} error${errors > 1 ? "s" : ""}, severity ${item.severity}`];
  const shown = item.candidate ?? item.reference;
  const value = paid ? [make("b", {}, item.reward == null ? "–" : item.reward.toFixed(2)), meter(item.reward)] : null;
  const row = make("div", { class: `row ${item.status}`, role: "option", "data-id": item.id, "aria-selected": String(item === chosen) },
    make("span", { class: "thumb" + (item.candidate ? "" : " none") }, picture(shown, "")),
    make("span", { class: "words" }, shortened(item.id), make("small", {}, facts.filter(Boolean).join(" · "))),
    make("span", { class: "worth" }, value,
      make("small", {}, item.worst ? make("i", { class: `dot s${item.worst}` }) : null, item.differ ? `±${item.differ}` : null, isDone(item) ? " ✓" : null)));
  row.addEventListener("click", () => choose(item));
  return row;
}

function choose(item, { scroll = true } = {}) {
  chosen = item;
  for (const row of list.querySelectorAll(".row")) row.setAttribute("aria-selected", String(row.dataset.id === item?.id));
  if (scroll && item) {
    const row = rows.find((one) => one.item === item);
    if (row && (row.top < list.scrollTop + HEAD || row.top + row.height > list.scrollTop + list.clientHeight)) {
      list.scrollTop = row.top - list.clientHeight / 2;
    }
  }
  if (!document.body.classList.contains("at-front")) history.replaceState(null, "", item ? "#" + encodeURIComponent(item.id) : "#");
  showCase(item);
}

function step(by) {
  const here = shownItems.indexOf(chosen);
  const next = shownItems[here < 0 ? 0 : Math.min(shownItems.length - 1, Math.max(0, here + by))];
  if (next && next !== chosen) choose(next);
}

function stepGroup(by) {
  const here = shownItems.indexOf(chosen);
  if (here < 0) return step(1);
  let at = here;
  while (shownItems[at] && shownItems[at].group === chosen.group) at += by;
  if (!shownItems[at]) return;
  const group = shownItems[at].group;
  while (by < 0 && shownItems[at - 1]?.group === group) at -= 1;
  choose(shownItems[at]);
}

function facts() {
  const values = items.map((item) => item.reward).filter((value) => value != null);
  const mean = values.length ? (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3) : "–";
  const fact = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)));
  const counts = Object.keys(STATUSES).map((status) => [STATUSES[status], items.filter((item) => item.status === status).length]);
  document.getElementById("facts").replaceChildren(
    fact(items.length === 1 ? "item" : "items", items.length), ...counts.filter(([, count]) => count && (paid || count < items.length)).map(([name, count]) => fact(name, count)),
    paid ? fact(`mean reward of ${values.length}`, mean) : "");
}

list.addEventListener("scroll", () => draw(), { passive: true });
new ResizeObserver(() => draw()).observe(list);
form.addEventListener("input", () => { list.scrollTop = 0; arrange(); });
form.addEventListener("reset", () => setTimeout(arrange));
form.addEventListener("submit", (event) => event.preventDefault());
