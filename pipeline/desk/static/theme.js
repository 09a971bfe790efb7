// Runs before the page is drawn, so that it never flashes in the other colours.
(function () {
  try {
    const chosen = localStorage.getItem("dateline-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch (error) { /* no storage: the system's choice stands */ }
  document.documentElement.classList.add("js");
})();
