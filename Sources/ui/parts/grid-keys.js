/**
 * One tab stop for a grid of links, in which the arrow keys go on: a thousand tiles are no thousand presses of Tab.
 */

/** A listener for `keydown` of the grid. */
export function gridKeys(event) {
  const links = [...event.currentTarget.querySelectorAll("a.tile")];
  const at = links.indexOf(document.activeElement);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = target(event.key, links, at);
  if (!next) return;
  event.preventDefault();
  focus(links, next);
}

/** Gives the grid a tab stop: the tile that had the focus last, else the first. */
export function keepTabStop(grid) {
  const links = grid.querySelectorAll("a.tile");
  if (links.length && !grid.querySelector('a.tile[tabindex="0"]')) links[0].tabIndex = 0;
}

/** A listener for `focusin`. */
export function followFocus(event) {
  const link = event.target.closest("a.tile");
  if (!link) return;
  for (const other of event.currentTarget.querySelectorAll('a.tile[tabindex="0"]')) if (other !== link) other.tabIndex = -1;
  link.tabIndex = 0;
}

function focus(links, link) {
  link.tabIndex = 0;
  link.focus();
}

function target(key, links, at) {
  switch (key) {
    case "ArrowRight":
      return links[at + 1];
    case "ArrowLeft":
      return links[at - 1];
    case "Home":
      return links[0];
    case "End":
      return links.at(-1);
    case "ArrowDown":
      return vertical(links, at, 1);
    case "ArrowUp":
      return vertical(links, at, -1);
    default:
      return null;
  }
}

/** The nearest tile of the next row, or of the next rack. */
function vertical(links, at, step) {
  const here = links[at].getBoundingClientRect();
  let best = null;
  let row = null;
  for (let index = at + step; links[index]; index += step) {
    const box = links[index].getBoundingClientRect();
    if (Math.abs(box.top - here.top) < 2) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) > 2) break;
    const distance = Math.abs(box.left - here.left);
    if (!best || distance < best.distance) best = { link: links[index], distance };
  }
  return best?.link;
}
