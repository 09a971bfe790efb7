// The draft of a rule: numbers beside its lines, those with a problem marked, keys for checking.

import { tellTimes } from "./desk.js";

const text = document.getElementById("text");
const numbers = document.querySelector("[data-numbers]");
const name = document.getElementById("name");

function count() {
  const lines = text.value.split("\n").length;
  while (numbers.children.length < lines) numbers.append(document.createElement("li"));
  while (numbers.children.length > lines) numbers.lastChild.remove();
}

function mark() {
  const bad = new Set((document.getElementById("findings").dataset.lines ?? "").split(" "));
  [...numbers.children].forEach((line, at) => line.classList.toggle("bad", bad.has(String(at + 1))));
}

text.addEventListener("input", count);
text.addEventListener("scroll", () => { numbers.scrollTop = text.scrollTop; });
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); document.getElementById("check").click(); }
});
name.addEventListener("input", () => { document.querySelector("[data-file-name]").textContent = name.value; });
document.addEventListener("htmx:afterSwap", () => { mark(); tellTimes(); });
count();
mark();
