"use strict";
// A picture that stands in the page already is not embedded twice: copy it from there.
for (const image of document.querySelectorAll("img[data-same]")) {
  image.src = document.getElementById(image.dataset.same).src;
}
for (const article of document.querySelectorAll(".case")) enliven(article);

const form = document.querySelector(".filters");

function filter() {
  const values = new FormData(form);
  const tasks = values.getAll("task");
  const statuses = values.getAll("status");
  const severity = Number(values.get("severity"));
  const text = values.get("text").trim().toLowerCase();
  let shown = 0;
  for (const article of document.querySelectorAll(".case")) {
    const keep = tasks.includes(article.dataset.task) &&
      statuses.includes(article.dataset.status) &&
      Number(article.dataset.worst) >= severity &&
      (!text || article.textContent.toLowerCase().includes(text));
    article.hidden = !keep;
    shown += keep;
  }
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = !group.querySelector(".case:not([hidden])");
  }
  document.querySelector(".nothing").hidden = shown > 0;
  form.querySelector("output").textContent =
    shown + " of " + document.querySelectorAll(".case").length + " shown";
}

form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();

// j and k go to the next and the previous case.
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const cases = [...document.querySelectorAll(".case:not([hidden])")];
  const here = cases.indexOf(document.activeElement.closest?.(".case"));
  const next = cases[Math.min(cases.length - 1, Math.max(0, here + step))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start" });
});
