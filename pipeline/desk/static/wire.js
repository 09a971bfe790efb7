// The wire: new stories as they become searchable, pause, unread marks, moving with j and k.

import { cursorOf } from "./cursor.js";
import { onKeys, tellTimes } from "./desk.js";

const MOST_ROWS = 400;  // older rows go, so that a page that stays open all day stays quick
const waiting = new Map();  // id → story, held back while paused or while somebody reads further down
let source = null, paused = false, stale = false, lostAt = 0, missed = 0;

const wire = () => document.getElementById("wire");
const rows = () => document.getElementById("rows");
const rowOf = (id) => rows()?.querySelector(`[data-id="${CSS.escape(id)}"]`);
const all = () => [...(rows()?.children ?? [])].filter((row) => row.matches(".row"));
const cursor = cursorOf(all, { chosen: (row) => { read(row); tell(); } });

function begin() {
  waiting.clear();
  missed = 0;
  stale = false;
  cursor.forget();
  connect();
}

function connect() {
  source?.close();
  source = null;
  const page = wire();
  if (!page || page.dataset.first !== "1") return tell();
  const mine = source = new EventSource(page.dataset.live);
  source.addEventListener("open", () => {
    warn("");
    // What came while the line was down is not sent again: read the list anew.
    if (lostAt && Date.now() - lostAt > 2000) { if (isHeld()) stale = true; else reload(); }
    lostAt = 0;
    tell();
  });
  source.addEventListener("error", () => {
    lostAt ||= Date.now();
    // A browser tries again by itself unless it got an answer that is no stream, as a proxy gives while the desk restarts.
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => { if (source === mine) connect(); }, 5000);
    tell();
  });
  source.addEventListener("stories", (event) => take(JSON.parse(event.data)));
  source.addEventListener("state", (event) => warn(JSON.parse(event.data).trouble));
  tell();
}

function warn(trouble) {
  const banner = document.getElementById("banner");
  banner.textContent = trouble ? `New stories don't come in: ${trouble}` : "";
  banner.hidden = !trouble;
}

function reload() { window.htmx?.ajax("GET", location.pathname + location.search, { target: "#wire", select: "#wire", swap: "outerHTML" }); }

function isHeld() { return paused || window.scrollY > 160 || document.hidden && waiting.size > 0; }

function take(batch) {
  missed += batch.missed;
  for (const story of batch.stories) {
    waiting.delete(story.id);
    waiting.set(story.id, story);
  }
  if (isHeld()) {
    for (const [id, story] of waiting) if (story.killed && rowOf(id)) { show(story); waiting.delete(id); }  // a kill never waits
    return tell();
  }
  letIn();
}

function letIn() {
  if (stale) { stale = false; return reload(); }
  for (const story of waiting.values()) show(story);
  waiting.clear();
  missed = 0;
  for (const row of all().slice(MOST_ROWS)) row.remove();
  tellTimes(rows());
  tell();
}

function show(story) {
  const old = rowOf(story.id);
  if (old && Number(old.dataset.version) === story.version && !story.killed) return;
  if (!old && story.killed && wire().dataset.all !== "1") return;
  const template = document.createElement("template");
  template.innerHTML = story.html;  // made by our templates, which escape what came from the wire
  const row = template.content.querySelector(".row");
  row.classList.add("arrived");
  cursor.follow(old, row);
  if (old && story.killed) old.replaceWith(row);  // in its place, struck out, where whoever read it will look
  else { old?.remove(); rows().prepend(row); }
  document.getElementById("empty")?.remove();
}

function tell() {
  const button = document.querySelector("[data-pause]");
  if (!button) return;
  const count = waiting.size + missed;
  button.hidden = !source;
  button.setAttribute("aria-pressed", String(paused));
  button.classList.toggle("away", lostAt > 0);
  const text = lostAt ? "Reconnecting …" : paused ? `Paused${count ? ` · ${count} waiting` : ""}` : count ? `${count} new` : "Live";
  button.querySelector("[data-pause-text]").textContent = text;
  const unread = rows()?.querySelectorAll(".unread").length ?? 0;
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = unread + count ? `(${unread + count}) ${title}` : title;
}

function togglePause() {
  if (!paused && waiting.size && window.scrollY > 160) window.scrollTo({ top: 0 });
  else paused = !paused;
  if (!paused) letIn(); else tell();
}

const wide = matchMedia("(min-width: 1500px)");
let reading = 0;

function read(row) {
  if (!wide.matches) return;
  clearTimeout(reading);  // who runs through the list with j reads what they stop at
  reading = setTimeout(() => window.htmx.ajax("GET", row.querySelector(".headline a").getAttribute("href"), { target: "#reader", select: "#story", swap: "innerHTML" }), 180);
}

function open(row) { if (row) location.assign(row.querySelector(".headline a").href); }

onKeys({
  j: () => cursor.move(1),
  k: () => cursor.move(-1),
  o: () => open(cursor.current),
  Enter: (event) => { if (!cursor.current || (event.target.closest?.("a, button") && !event.target.closest(".headline"))) return false; open(cursor.current); },
  p: togglePause,
  r: () => { for (const row of all()) row.classList.remove("unread"); tell(); },
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-pause]")) togglePause();
  const row = event.target.closest?.("#rows .row");
  if (!row) return;
  const link = event.target.closest("a");
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (wide.matches && plain && (!link || link.closest(".headline"))) { event.preventDefault(); cursor.select(row); return; }
  row.classList.remove("unread");
  tell();
});
window.addEventListener("scroll", () => { if (!isHeld() && (waiting.size || stale)) letIn(); }, { passive: true });
document.addEventListener("visibilitychange", () => { if (!document.hidden && !isHeld() && (waiting.size || stale)) letIn(); });
document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target?.id === "wire" || event.detail.elt?.id === "wire") begin(); });
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) { lostAt ||= Date.now() - 60000; connect(); } });

if (matchMedia("(max-width: 860px)").matches) document.querySelector(".facet-fold")?.removeAttribute("open");
begin();
