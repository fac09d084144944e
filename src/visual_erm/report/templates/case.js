"use strict";
const still = matchMedia("(prefers-reduced-motion: reduce)");

function light(article, number) {
  article.classList.toggle("lit", number !== null);
  for (const part of article.querySelectorAll("[data-error]")) {
    part.classList.toggle("on", part.dataset.error === number);
  }
}

function setMode(article, mode) {
  const pictures = article.querySelector(".pictures");
  const hint = article.querySelector(".hint");
  pictures.classList.toggle("stacked", mode !== "side");
  pictures.classList.toggle("difference", mode === "difference");
  pictures.classList.toggle("blink", mode === "blink");
  pictures.classList.remove("flip");
  for (const button of article.querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
  // One over the other, both take the size of the reference.
  const [first, second] = pictures.querySelectorAll("img");
  const unequal = first.width / first.height !== second.width / second.height ||
    first.getAttribute("width") !== second.getAttribute("width");
  second.style.width = mode === "side" ? "" : first.clientWidth + "px";
  second.style.height = mode === "side" ? "" : first.clientHeight + "px";
  second.style.maxHeight = mode === "side" ? "" : "none";
  const texts = {
    side: "",
    difference: "Black is equal. Dashed boxes are places in the attempt." + (unequal ? " The attempt is stretched to the size of the reference." : ""),
    blink: still.matches ? "Press Blink again to switch pictures." : "The two pictures take turns.",
  };
  hint.textContent = texts[mode];
  hint.hidden = mode === "side";
}

setInterval(() => {
  if (still.matches) return;
  for (const pictures of document.querySelectorAll(".blink")) pictures.classList.toggle("flip");
}, 700);

// What one case does: boxes and errors light each other up, the pictures are shown in three ways.
function enliven(article) {
  // Positions are set here and not in style attributes, which the page's policy forbids.
  for (const tag of article.querySelectorAll(".canvas .tag")) {
    tag.style.left = 100 * tag.dataset.x + "%";
    tag.style.top = 100 * tag.dataset.y + "%";
  }
  let pinned = null;
  const pin = (number) => {
    pinned = pinned === number ? null : number;
    for (const button of article.querySelectorAll("button.error")) {
      button.setAttribute("aria-pressed", String(button.dataset.error === pinned));
    }
    light(article, pinned);
  };
  for (const part of article.querySelectorAll("button[data-error]")) {
    part.addEventListener("mouseenter", () => light(article, part.dataset.error));
    part.addEventListener("mouseleave", () => light(article, pinned));
    part.addEventListener("focus", () => light(article, part.dataset.error));
    part.addEventListener("blur", () => light(article, pinned));
    part.addEventListener("click", () => pin(part.dataset.error));
  }
  for (const button of article.querySelectorAll("[data-mode]")) {
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      if (pressed && button.dataset.mode === "blink" && still.matches) {
        article.querySelector(".pictures").classList.toggle("flip");
      } else {
        setMode(article, button.dataset.mode);
      }
    });
  }
  article.querySelector("[data-boxes]")?.addEventListener("click", (event) => {
    const hidden = article.classList.toggle("no-boxes");
    event.currentTarget.setAttribute("aria-pressed", String(!hidden));
  });
}
