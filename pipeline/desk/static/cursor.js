// The row at hand in a list, moved with j and k.

/** `rows`: gives the rows as they are now; `link`: what of a row gets the focus; `chosen`: is told of each row that becomes the one at hand. */
export function cursorOf(rows, { link = ".headline a", chosen = () => {} } = {}) {
  let current = null;

  function select(row) {
    if (!row) return;
    current?.classList.remove("current");
    current = row;
    row.classList.add("current");
    row.classList.remove("unread");
    row.querySelector(link).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    chosen(row);
  }

  function move(step) {
    const list = rows();
    const at = current?.isConnected ? list.indexOf(current) : -1;
    select(list[Math.max(0, Math.min(list.length - 1, at + step))]);
  }

  /** A row that takes the place of its old self. */
  function follow(old, row) {
    if (!old || old !== current) return;
    current = row;
    row.classList.add("current");
  }

  return { get current() { return current; }, select, move, follow, forget: () => { current = null; } };
}
