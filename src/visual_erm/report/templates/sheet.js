"use strict";
const form = document.querySelector("form");
const articles = [...document.querySelectorAll("article")];
function filter() {
  let shown = 0;
  for (const article of articles) {
    const fits = ["task", "kind", "operator"].every((name) => {
      const wanted = form.elements[name].value;
      return !wanted || article.dataset[name].split(" ").includes(wanted);
    });
    article.hidden = !fits;
    shown += fits;
  }
  form.querySelector("output").value = `${shown} of ${articles.length} pairs`;
}
form.addEventListener("change", filter);
filter();
