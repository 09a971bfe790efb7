// Lists whose rows lead to a page: j and k move, Enter and o open.

import { cursorOf } from "./cursor.js";
import { onKeys } from "./desk.js";

const cursor = cursorOf(() => [...document.querySelectorAll("[data-list] > .row")], { link: "a" });
const open = () => cursor.current?.querySelector(".headline a").click();

onKeys({
  j: () => cursor.move(1),
  k: () => cursor.move(-1),
  o: open,
  Enter: (event) => { if (!cursor.current || event.target.closest?.("a, button, summary")) return false; open(); },
});
