// What every page does: times in the browser's zone, the theme, keys, the suggestions of the search box, sheets, htmx's headers.

const DAY = 86400;
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const minute = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
const long = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium", hour12: false });
const short = new Intl.DateTimeFormat([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });

function age(seconds) {
  if (seconds < 0) return "";
  if (seconds < 10) return "now";
  if (seconds < 60) return `${Math.floor(seconds / 10) * 10} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / DAY)} d ago`;
}

/** Writes every time below an element in the browser's zone, and ages as of now. */
export function tellTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const form = element.dataset.form;
    const old = (Date.now() - moment.getTime()) / 1000;
    let text = long.format(moment);
    if (form === "time") text = Math.abs(old) < DAY ? clock.format(moment) : day.format(moment);
    if (form === "clock") text = minute.format(moment);
    if (form === "date") text = short.format(moment);
    if (form === "age") text = age(old);
    if (element.textContent !== text) element.textContent = text;
    if (!element.title) element.title = `${long.format(moment)} · ${moment.toISOString()}`;
  }
}

/** Whether the person is typing, so that letters are text and no keys. */
export function isTyping(event) {
  return event.target instanceof Element && event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

/** Keys of a page: {key: action}; `g` and a letter go to a page. */
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (action && action(event) !== false) event.preventDefault();
  });
}

function showHelp() { document.getElementById("help").showModal(); }

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("dateline-theme", root.dataset.theme); } catch { /* not kept */ }
}

let going = 0;
onKeys({
  "?": showHelp,
  "/": () => { const box = document.getElementById("q"); if (!box) return false; box.focus(); box.select(); },
  g: () => { going = Date.now(); },
});
document.addEventListener("keydown", (event) => {
  if (event.key === "g" || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = Date.now() - going < 1500 && document.querySelector(`.pages a[data-key="${CSS.escape(event.key)}"]`);
  going = 0;
  if (link) { event.preventDefault(); event.stopImmediatePropagation(); location.assign(link.href); }
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event)) event.target.blur();
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  if (target.closest("[data-help]")) showHelp();
  if (target.closest("[data-theme-toggle]")) toggleTheme();
  if (target instanceof HTMLDialogElement) target.close();  // the backdrop
  const copy = target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(document.querySelector(copy.dataset.copy).textContent).then(() => { copy.textContent = "Copied"; });
  const sheet = target.closest("a[data-sheet]");
  if (sheet && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openSheet(sheet.href); }
});

/** Shows a page's fragment in the dialog. */
export async function openSheet(address) {
  const dialog = document.getElementById("sheet");
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  const elsewhere = answer.headers.get("HX-Redirect");  // the session has ended
  if (elsewhere) return location.assign(elsewhere);
  const body = dialog.querySelector("[data-sheet-body]");
  body.innerHTML = await answer.text();  // our own page; the wire's text in it is escaped, and scripts in it would not run
  dialog.showModal();
}

// --- htmx: our word with each request that changes something; problems go to the banner -----------------------------------------
document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRF-Token"] = document.body.dataset.csrf; });
document.addEventListener("htmx:beforeSwap", (event) => {
  const banner = document.getElementById("banner");
  const failed = event.detail.xhr.status >= 400;
  banner.hidden = !failed;
  if (failed) { event.detail.shouldSwap = true; event.detail.isError = false; event.detail.target = banner; event.detail.swapOverride = "innerHTML"; event.detail.selectOverride = "unset"; }
});
document.addEventListener("htmx:sendError", () => {
  const banner = document.getElementById("banner");
  banner.textContent = "The desk page does not answer: is it running?";
  banner.hidden = false;
});
document.addEventListener("htmx:afterSettle", () => tellTimes());

// --- the search box --------------------------------------------------------------------------------------------------------------
function suggestIn(box) {
  const list = document.getElementById("suggestions");
  let found = [], chosen = -1, timer = 0, asked = 0;

  function close() { list.hidden = true; chosen = -1; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); }
  function take(number) { box.value = found[number].text; close(); box.focus(); if (found[number].kind === "field") ask(); }
  function choose(number) {
    chosen = number;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === number)));
    if (number >= 0) { box.setAttribute("aria-activedescendant", `suggestion-${number}`); list.children[number].scrollIntoView({ block: "nearest" }); }
  }
  async function ask() {
    const mine = ++asked;
    const text = box.value;
    if (!text.trim()) return close();
    const answer = await fetch(`/api/suggest?q=${encodeURIComponent(text)}`).catch(() => null);
    if (!answer?.ok || mine !== asked || document.activeElement !== box) return;
    found = (await answer.json()).suggestions;
    list.replaceChildren(...found.map((it, number) => {
      const item = document.createElement("li");
      item.id = `suggestion-${number}`;
      item.setAttribute("role", "option");
      const label = document.createElement("bdi");
      label.textContent = it.label;
      const note = document.createElement("small");
      note.textContent = it.description || it.kind;
      item.append(label, note);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(number); });
      return item;
    }));
    choose(-1);
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
  }

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const last = found.length - 1;
    if (event.key === "ArrowDown") choose(chosen >= last ? 0 : chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen <= 0 ? last : chosen - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(chosen);
    else if (event.key === "Escape") { close(); event.stopPropagation(); }
    else return;
    event.preventDefault();
  });
  box.form.addEventListener("submit", () => { clearTimeout(timer); asked += 1; close(); });
}

const box = document.getElementById("q");
if (box) suggestIn(box);
tellTimes();
setInterval(tellTimes, 10000);
