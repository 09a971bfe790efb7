// Lists whose rows lead to a page: j and k move, Enter and o open.

import { onKeys } from "./desk.js";

let current = null;

function move(step) {
  const rows = [...document.querySelectorAll("[data-list] > .row")];
  const at = rows.indexOf(current);
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  if (!row) return;
  current?.classList.remove("current");
  current = row;
  row.classList.add("current");
  row.querySelector("a").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

onKeys({
  j: () => move(1),
  k: () => move(-1),
  o: () => current?.querySelector(".headline a").click(),
  Enter: (event) => { if (!current || event.target.closest?.("a, button, summary")) return false; current.querySelector(".headline a").click(); },
});
