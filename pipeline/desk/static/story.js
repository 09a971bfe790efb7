// A story, on its page or in the reader beside the list: what was found at a place, on hover and focus; cards and text light each other
// up; layers of marks on and off. All by events of the document, since the reader's story changes.

import { onKeys, tellTimes } from "./desk.js";

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("role", "tooltip");
tip.hidden = true;
document.body.append(tip);

const copy = () => document.querySelector(".copy");
const markAt = (event) => event.target.closest?.(".m");
const cardAt = (event) => event.target.closest?.(".card[data-ref]");

/** What a mark lights: the names and topics at its place, or else the sanction whose sentence it is, which would light half the text. */
function refsOf(mark) {
  const refs = mark.dataset.refs.split(" "), narrow = refs.filter((ref) => !ref.startsWith("s"));
  return narrow.length ? narrow : refs;
}

function light(refs, on) {
  for (const ref of refs) {
    for (const mark of copy().querySelectorAll(`.m[data-refs~="${CSS.escape(ref)}"]`)) mark.classList.toggle("lit", on);
    for (const card of document.querySelectorAll(`.card[data-ref="${CSS.escape(ref)}"]`)) card.classList.toggle("lit", on);
  }
}

function showTip(mark) {
  tip.textContent = mark.dataset.tip;
  tip.hidden = false;
  const at = mark.getClientRects()[0];
  const above = at.top - tip.offsetHeight - 6;
  tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8)) + window.scrollX}px`;
  tip.style.top = `${(above > 60 ? above : at.bottom + 6) + window.scrollY}px`;
}

function enter(event) {
  const mark = markAt(event), card = cardAt(event);
  if (mark) { light(refsOf(mark), true); showTip(mark); }
  else if (card) light([card.dataset.ref], true);
}

function leave(event) {
  const mark = markAt(event), card = cardAt(event);
  if (mark) { light(refsOf(mark), false); tip.hidden = true; }
  else if (card) light([card.dataset.ref], false);
}

for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, enter);
  document.addEventListener(end, leave);
}

function nextMark(step) {
  const list = [...(copy()?.querySelectorAll(".m") ?? [])];
  if (!list.length) return false;
  const at = list.indexOf(document.activeElement);
  const following = at < 0 ? (step > 0 ? 0 : list.length - 1) : (at + step + list.length) % list.length;
  list[following].focus();
  list[following].scrollIntoView({ block: "center" });
}

onKeys({ e: () => nextMark(1), E: () => nextMark(-1) });
if (document.body.matches(".page-story")) {
  onKeys({
    j: () => window.scrollBy({ top: 120 }),
    k: () => window.scrollBy({ top: -120 }),
    u: () => { if (history.length > 1) history.back(); else location.assign("/"); },
  });
}

const hiddenKey = (layer) => `dateline-hide-${layer}`;

/** Shows and hides the layers of marks as the person left them. */
export function applyLayers() {
  for (const box of document.querySelectorAll("[data-layer]")) {
    try { box.checked = !localStorage.getItem(hiddenKey(box.dataset.layer)); } catch { /* shown */ }
    copy().classList.toggle(`hide-${box.dataset.layer}`, !box.checked);
  }
}

document.addEventListener("change", (event) => {
  const layer = event.target.dataset?.layer;
  if (!layer) return;
  copy().classList.toggle(`hide-${layer}`, !event.target.checked);
  try { if (event.target.checked) localStorage.removeItem(hiddenKey(layer)); else localStorage.setItem(hiddenKey(layer), "1"); } catch { /* not kept */ }
});

document.addEventListener("click", (event) => {
  const more = event.target.closest?.("[data-more]");
  if (more) { more.closest("section").classList.add("all"); more.remove(); }
});

document.addEventListener("htmx:afterSwap", (event) => {
  tip.hidden = true;
  const drops = event.detail.requestConfig?.elt?.dataset?.drops;
  if (drops) document.querySelector(drops)?.remove();
  if (copy()) applyLayers();
  tellTimes();
});

applyLayers();
