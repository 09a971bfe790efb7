// The pipeline's figures, asked for again while somebody looks, without closing what is open or moving what is being read.

const open = new Set();

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id !== "figures") return;
  const chosen = getSelection();
  if (document.hidden || document.querySelector("dialog[open]") || (chosen && !chosen.isCollapsed)) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", () => {
  open.clear();
  for (const details of document.querySelectorAll("#figures details[open]")) open.add(details.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
});

const every = document.querySelector("[data-pick-all]");
every?.addEventListener("change", () => {
  for (const box of every.closest("form").querySelectorAll("input[name=number]")) box.checked = every.checked;
});

// The plots' tips: the server writes UTC, the axis is in the browser's zone.
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hour12: false });
document.addEventListener("mouseover", (event) => {
  const title = event.target.closest?.(".chart .hit[data-at]")?.querySelector("title");
  if (!title?.textContent.endsWith(" UTC")) return;
  title.textContent = title.textContent.replace(/[\d:]+ UTC$/, clock.format(new Date(title.parentElement.dataset.at)));
});
