// The inbox: alerts as they come and change, moving with j and k, selecting, acknowledging, a sound or a notification for who wants one.

import { askOpen, tellOpen } from "./alert_count.js";
import { cursorOf } from "./cursor.js";
import { onKeys, tellTimes } from "./desk.js";

const MOST_ROWS = 500;
const inbox = document.getElementById("inbox");
const form = document.getElementById("ack");
const note = document.getElementById("note");
const waiting = new Map();  // id → row, held back while somebody reads further down
let source = null, lostAt = 0, missed = 0;

const rows = () => document.getElementById("rows");
const rowOf = (id) => rows().querySelector(`[data-id="${CSS.escape(id)}"]`);
const all = () => [...rows().children].filter((row) => row.matches(".row"));
const cursor = cursorOf(all);
const boxOf = (row) => row.querySelector(".pick input");
const picked = () => [...rows().querySelectorAll(".pick input:checked:not(:disabled)")].map((box) => box.closest(".row"));

function rowFrom(html) {
  const template = document.createElement("template");
  template.innerHTML = html;  // made by our templates, which escape what came from the wire
  return template.content.querySelector(".row");
}

/** Puts a row where its old self stands, with what the person had done to it. */
function replaceRow(html, id) {
  const old = rowOf(id);
  if (!old) return null;
  const row = rowFrom(html);
  const box = boxOf(row);
  box.checked = boxOf(old).checked && !box.disabled;
  row.classList.toggle("unread", old.classList.contains("unread") && !row.classList.contains("seen"));
  cursor.follow(old, row);
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(row);
  if (hadFocus) row.querySelector(".headline a").focus({ preventScroll: true });
  return row;
}

// --- live ---------------------------------------------------------------------------------------------------------------------
function connect() {
  if (inbox.dataset.first !== "1") return;
  source?.close();
  source = new EventSource(inbox.dataset.live);
  source.addEventListener("open", () => {
    // What came while the line was down is not sent again: read the list anew.
    if (lostAt && Date.now() - lostAt > 2000) location.reload();
    lostAt = 0;
    tell();
  });
  source.addEventListener("error", () => { lostAt ||= Date.now(); tell(); });
  source.addEventListener("alerts", (event) => take(JSON.parse(event.data)));
  source.addEventListener("state", (event) => {
    const trouble = JSON.parse(event.data).trouble;
    const banner = document.getElementById("banner");
    banner.textContent = trouble ? `New alerts don't come in: ${trouble}` : "";
    banner.hidden = !trouble;
  });
  tell();
}

function take(batch) {
  missed += batch.missed;
  for (const row of batch.rows) {
    if (rowOf(row.id)) replaceRow(row.html, row.id);  // a recall or somebody else's acknowledgement never waits
    else if (row.new) { waiting.delete(row.id); waiting.set(row.id, row); announce(row); }
    else if (waiting.has(row.id)) waiting.set(row.id, { ...row, new: true });
  }
  if (window.scrollY <= 160) letIn();
  tellTimes(rows());
  tell();
  askOpen();
}

function letIn() {
  for (const found of waiting.values()) {
    const row = rowFrom(found.html);
    row.classList.add("arrived");
    rows().prepend(row);
    document.getElementById("empty")?.remove();
  }
  waiting.clear();
  missed = 0;
  for (const row of all().slice(MOST_ROWS)) row.remove();
  tellTimes(rows());
  tell();
}

function tell() {
  const line = document.querySelector("[data-line]");
  line.hidden = !source;
  line.classList.toggle("away", lostAt > 0);
  line.querySelector("[data-line-text]").textContent = lostAt ? "Reconnecting …" : "Live";
  const count = waiting.size + missed;
  const button = document.querySelector("[data-waiting]");
  button.hidden = !count;
  button.textContent = `${count} new ${count === 1 ? "alert" : "alerts"}`;
  const chosen = picked().length;
  document.querySelector("[data-picked]").textContent = chosen ? `${chosen} selected` : "";
  form.classList.toggle("on", chosen > 0);
}

// --- acknowledging --------------------------------------------------------------------------------------------------------------
async function acknowledge(chosen) {
  const ids = chosen.map((row) => row.dataset.id);
  if (!ids.length) return;
  const data = new FormData();
  for (const id of ids) data.append("id", id);
  data.append("note", note.value);
  for (const row of chosen) row.classList.add("sending");
  let answer = null;
  try {
    answer = await fetch("/alerts/ack", { method: "POST", body: data, headers: { "X-CSRF-Token": document.body.dataset.csrf, "HX-Request": "true" } });
  } catch { /* said below */ }
  const banner = document.getElementById("banner");
  if (!answer?.ok) {
    for (const row of chosen) row.classList.remove("sending");
    banner.textContent = answer?.status === 401 ? "Your login has ended: load the page anew." : "That was not acknowledged: the desk or its index does not answer. Try again.";
    banner.hidden = false;
    return;
  }
  banner.hidden = true;
  const done = await answer.json();
  const following = chosen.includes(cursor.current) ? nextOpen(cursor.current) : null;
  for (const row of done.rows) replaceRow(row.html, row.id);
  note.value = "";
  tellTimes(rows());
  tellOpen(done.open);
  tell();
  if (following) cursor.select(following);
}

function nextOpen(row) {
  const list = all();
  const at = list.indexOf(row);
  const free = (it) => it !== row && !it.classList.contains("seen") && !boxOf(it).checked;
  return list.slice(at + 1).find(free) ?? list.slice(0, Math.max(at, 0)).reverse().find(free) ?? null;
}

function wanted() {
  const chosen = picked();
  return chosen.length ? chosen : cursor.current?.isConnected && !cursor.current.classList.contains("seen") ? [cursor.current] : [];
}

// --- moving -----------------------------------------------------------------------------------------------------------------------
function pick(row) {
  const box = row && boxOf(row);
  if (!box || box.disabled) return;
  box.checked = !box.checked;
  tell();
}

onKeys({
  j: () => cursor.move(1),
  k: () => cursor.move(-1),
  o: () => cursor.current?.querySelector(".headline a").click(),
  Enter: (event) => { if (!cursor.current || event.target.closest?.("a, button")) return false; cursor.current.querySelector(".headline a").click(); },
  e: () => acknowledge(wanted()),
  a: () => acknowledge(wanted()),
  x: () => pick(cursor.current),
  n: () => { if (!picked().length) pick(cursor.current); note.focus(); },
  u: () => {
    const to = inbox.dataset.show === "open" ? "all" : "open";
    document.querySelector(`.segments a[data-show="${to}"]`).click();
  },
});

rows().addEventListener("change", tell);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const one = event.submitter?.value && rowOf(event.submitter.value);
  acknowledge(one ? [one] : wanted());
});
document.querySelector("[data-clear]").addEventListener("click", () => {
  for (const row of picked()) boxOf(row).checked = false;
  note.value = "";
  tell();
});
document.querySelector("[data-waiting]").addEventListener("click", () => { window.scrollTo({ top: 0 }); letIn(); });
window.addEventListener("scroll", () => { if (waiting.size && window.scrollY <= 160) letIn(); }, { passive: true });
for (const field of document.querySelectorAll("[data-submits]")) field.addEventListener("change", () => field.form.requestSubmit());

// --- a sound, a notification: off until somebody wants them -------------------------------------------------------------------------
let audio = null;
const wish = (name, value) => {
  try {
    if (value === undefined) return localStorage.getItem(`dateline-${name}`) === "on";
    localStorage.setItem(`dateline-${name}`, value ? "on" : "off");
  } catch { /* not kept */ }
  return Boolean(value);
};

function beep(urgent) {
  audio ??= new AudioContext();
  for (const [delay, tone] of urgent ? [[0, 880], [0.18, 880], [0.36, 660]] : [[0, 660], [0.14, 880]]) {
    const sound = audio.createOscillator(), volume = audio.createGain();
    sound.frequency.value = tone;
    volume.gain.setValueAtTime(0.12, audio.currentTime + delay);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + delay + 0.12);
    sound.connect(volume).connect(audio.destination);
    sound.start(audio.currentTime + delay);
    sound.stop(audio.currentTime + delay + 0.13);
  }
}

let announced = 0;
function announce(row) {
  if (Date.now() - announced < 1000) return;  // of a burst the first
  announced = Date.now();
  if (wish("sound")) { try { beep(row.type === "recall"); } catch { /* the browser wants a click first */ } }
  if (wish("notify") && Notification.permission === "granted") {
    const kind = row.type === "alert" ? "" : `${row.type.toUpperCase()} `;
    const shown = new Notification(`${kind}${row.title}`, { body: row.headline, tag: row.id });
    shown.onclick = () => { window.focus(); location.assign(`/alerts/${row.id}`); };
  }
}

function toggle(name, button, begin) {
  if (!button) return;
  button.hidden = false;
  const show = () => button.setAttribute("aria-pressed", String(wish(name)));
  button.addEventListener("click", async () => {
    const on = !wish(name);
    wish(name, on && await begin());
    show();
  });
  show();
}

if ("AudioContext" in window) toggle("sound", document.querySelector("[data-sound]"), async () => { beep(false); return true; });
if ("Notification" in window) toggle("notify", document.querySelector("[data-notify]"), async () => await Notification.requestPermission() === "granted");

document.addEventListener("htmx:afterSwap", () => tellTimes());
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
tellOpen(Number(inbox.dataset.open));
connect();
