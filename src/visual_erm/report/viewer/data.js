// What the page knows: items out of the JSON block, pictures out of blocks of their own, which are
// decoded when they are first shown.
const run = JSON.parse(document.getElementById("run").textContent);
const items = run.items;
const paid = items.some((item) => item.reward != null); // whether rewards are shown

items.forEach((item, place) => {
  item.place = place;
  const errors = item.verdicts[0]?.errors ?? [];
  item.severity = errors.reduce((sum, error) => sum + error.severity, 0);
  item.worst = Math.max(0, ...errors.map((error) => error.severity));
  item.differ = disagreement(item.verdicts);
});

// Points of severity by which two verdicts differ, summed over the categories.
function disagreement([one, two]) {
  if (!one || !two) return 0;
  const points = {};
  for (const error of one.errors) points[error.category] = (points[error.category] ?? 0) + error.severity;
  for (const error of two.errors) points[error.category] = (points[error.category] ?? 0) - error.severity;
  return Object.values(points).reduce((sum, value) => sum + Math.abs(value), 0);
}

// Lower case, made at the first search: nobody may ever search.
function words(item) {
  item.words ??= [item.id, item.group, item.note, item.source, ...item.tags, item.failure?.message,
    ...item.verdicts.flatMap((v) => v?.errors ?? []).flatMap((e) => [e.category, e.location, e.description]),
    JSON.stringify(item.metadata)].join("\n").toLowerCase();
  return item.words;
}

const addresses = new Map();
const waiting = new Set();

function address(key) {
  if (!addresses.has(key)) {
    const block = document.getElementById("p-" + key);
    if (!block) return null;
    const bytes = Uint8Array.from(atob(block.textContent), (sign) => sign.charCodeAt(0));
    addresses.set(key, URL.createObjectURL(new Blob([bytes], { type: "image/webp" })));
  }
  return addresses.get(key);
}

function fill(image) {
  const found = address(image.dataset.key);
  if (found) image.src = found;
  else waiting.add(image);
}

function picture(shown, alt, attributes = {}) {
  const image = make("img", { alt, width: shown.width, height: shown.height, "data-key": shown.key, decoding: "async", draggable: "false", ...attributes });
  fill(image);
  return image;
}

document.addEventListener("DOMContentLoaded", () => {
  for (const image of waiting) if (image.isConnected) fill(image);
  waiting.clear();
});

// Kept where the browser lets a page from disk keep something.
const kept = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); return true; } catch { return false; } },
};

let fading = 0;
function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  said.classList.add("on");
  clearTimeout(fading);
  fading = setTimeout(() => said.classList.remove("on"), 1800);
}
