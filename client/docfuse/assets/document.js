"use strict";
const tip = document.getElementById("tip");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const boxesOf = (element) => element.dataset.boxes.split(" ").map((id) => document.getElementById(id)).filter(Boolean);

function light(elements, on) {
  for (const element of elements) element.classList.toggle("lit", on);
}

// A box lights up its links, the boxes at their other ends, and the rows that it stands in.
function neighbours(box) {
  const links = all(`path[data-from="${box.id}"], path[data-to="${box.id}"]`);
  const ends = links.flatMap((link) => [link.dataset.from, link.dataset.to]).map((id) => document.getElementById(id));
  const rows = all(`[data-boxes~="${box.id}"]`);
  return [box, ...links, ...ends, ...rows];
}

function showTip(box, event) {
  tip.replaceChildren();
  const text = document.createElement("strong");
  text.textContent = box.dataset.text || "(no text)";
  tip.append(text, box.dataset.about);
  tip.hidden = false;
  const margin = 14;
  const left = Math.min(event.clientX + margin, innerWidth - tip.offsetWidth - margin);
  const below = event.clientY + margin + tip.offsetHeight < innerHeight;
  tip.style.left = `${Math.max(left, margin)}px`;
  tip.style.top = `${below ? event.clientY + margin : event.clientY - tip.offsetHeight - margin}px`;
}

for (const box of all("polygon.box")) {
  box.addEventListener("mousemove", (event) => showTip(box, event));
  box.addEventListener("mouseenter", () => light(neighbours(box), true));
  box.addEventListener("mouseleave", () => { light(neighbours(box), false); tip.hidden = true; });
  box.addEventListener("click", () => {
    all(`[data-boxes~="${box.id}"]`)[0]?.scrollIntoView({ behavior: "smooth", block: "nearest" });
  });
}

for (const element of all("[data-boxes]")) {
  element.addEventListener("mouseenter", () => light(boxesOf(element), true));
  element.addEventListener("mouseleave", () => light(boxesOf(element), false));
  element.addEventListener("click", () => {
    boxesOf(element)[0]?.scrollIntoView({ behavior: "smooth", block: "center" });
  });
}

for (const button of all(".legend button")) {
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    for (const element of all(`.${button.dataset.layer}`)) element.classList.toggle("hidden", !on);
  });
}

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
