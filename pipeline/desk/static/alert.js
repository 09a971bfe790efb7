// One alert: acknowledging it by a key, the tips of its phrases.

import { onKeys } from "./desk.js";

const tip = document.getElementById("tip");
const form = document.getElementById("ack");

onKeys({
  e: () => acknowledge(),
  a: () => acknowledge(),
  s: () => document.querySelector("[data-story]").click(),
  u: () => { if (document.referrer.includes("/alerts") && history.length > 1) history.back(); else location.assign("/alerts"); },
});

function acknowledge() {
  if (form.querySelector("#note").required) form.querySelector("#note").focus();  // seen before: only a note says more
  else form.requestSubmit();
}

for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, (event) => {
    const mark = event.target.closest?.(".m");
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    const at = mark.getClientRects()[0];
    tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8)) + window.scrollX}px`;
    tip.style.top = `${at.bottom + 6 + window.scrollY}px`;
  });
  document.addEventListener(end, (event) => { if (event.target.closest?.(".m")) tip.hidden = true; });
}
