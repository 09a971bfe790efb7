// How many alerts are open, in the navigation of every page, and in the title of the inbox.

const ASK_EVERY_MS = 10000;
let asking = false;

/** Shows the count wherever it stands. */
export function tellOpen(count) {
  for (const badge of document.querySelectorAll("[data-open-alerts]")) {
    badge.textContent = count > 999 ? "999+" : String(count);
    badge.hidden = !count;
    badge.title = `${count} open ${count === 1 ? "alert" : "alerts"}`;
  }
  for (const place of document.querySelectorAll("[data-open-count]")) place.textContent = count.toLocaleString("en");
  if (!document.body.classList.contains("page-alerts")) return;
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
}

/** Asks for the count; without an answer the last one stands. */
export async function askOpen() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch("/alerts/open", { headers: { Accept: "application/json" } });
    if (answer.ok && !answer.redirected) tellOpen((await answer.json()).open);
  } catch { /* the page says elsewhere that the desk is away */ }
  asking = false;
}

if (document.querySelector("[data-open-alerts]")) {
  askOpen();
  setInterval(askOpen, ASK_EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) askOpen(); });
}
