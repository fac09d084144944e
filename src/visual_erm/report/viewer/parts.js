"use strict";
// What all pages with a script have: words, numbers, elements.
const STATUSES = { scored: "scored", policy_fault: "policy fault", judge_fault: "judge fault", infra_fault: "infrastructure fault" };
const SEVERITIES = { 1: "minor", 2: "needs correction", 3: "misleads" };
const still = matchMedia("(prefers-reduced-motion: reduce)");

const number = (value) => (value == null ? "–" : Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4))));
const reward = (value) => (value == null ? "none" : value.toFixed(3));
const plain = (name) => name.replaceAll("_", " ");
const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// An element; attributes that begin with "on" are listeners. Texts become text nodes, never markup:
// what a model wrote stays text.
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

function badge(text, kind = "") {
  return make("span", { class: `badge ${kind}` }, text);
}

function meter(value) {
  const level = make("i", { class: "level" });
  level.style.width = `${100 * Math.min(1, Math.max(0, value ?? 0))}%`;
  return make("span", { class: "meter" }, level);
}

// A number beside the title of a case.
function score(name, value) {
  return make("div", { class: "score" }, make("small", {}, name), make("b", {}, value == null ? "–" : value.toFixed(3)));
}

function worth(value) {
  return make("div", { class: "reward" }, make("small", {}, "reward"), make("b", {}, reward(value)), meter(value));
}

function failure(fault) {
  if (!fault) return null;
  return make("div", { class: `failure ${fault.kind}` }, make("p", {}, make("b", {}, `${fault.stage}: ${fault.code}. `), fault.message),
    fault.detail ? make("details", {}, make("summary", {}, "Detail"), make("pre", { tabindex: "0" }, fault.detail)) : null);
}

function table(name, entries) {
  if (!entries.length) return null;
  const rows = entries.map(([key, value]) => make("tr", {}, make("th", { scope: "row" }, plain(key)), make("td", {}, value)));
  return make("details", { open: true }, make("summary", {}, name), make("table", {}, make("tbody", {}, rows)));
}
