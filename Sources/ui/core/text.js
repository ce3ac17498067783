/**
 * Texts of machines, documents and people, shown as they are: as text, in their own direction, with what cannot be seen made visible,
 * and cut where they are very long.
 */

import { h, island } from "./tree.js";

/** How many characters of a text are shown before a reader asks for all of it. */
const LIMIT = 4000;

/** How many more a reader gets at once. */
const PART = 250_000;

/** Controls of terminals and of writing direction, and characters without a width. New lines and tabs are left. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]/g;

/** The text with what cannot be seen written as the command line does: `\u001b`, `\u202e`. */
export function visible(text) {
  return String(text ?? "").replace(UNSEEN, (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, "0")}`);
}

/** A short text in a line: the name of a machine, a state. */
export function plain(text, properties) {
  const shown = String(text ?? "");
  return h("bdi", properties, visible(shown.length > LIMIT ? `${shown.slice(0, LIMIT)}…` : shown));
}

/** A text whose characters count: an address, a serial number. Null where there is none. */
export const data = (text) => (text === null || text === undefined || text === "" ? null : plain(text, { class: "data" }));

/** A text of any length. What is cut off is shown on request. */
export function said(text, properties, limit = LIMIT) {
  const all = String(text ?? "");
  if (all.length <= limit) return h("bdi", { class: "said", ...properties }, visible(all));
  return island("bdi", { class: "said", ...properties }, all, (element) => fill(element, all, limit));
}

/** Puts a text of any length into an element: its begin, and then part by part what a reader asks for. */
export function fill(element, all, limit = LIMIT) {
  let end = cut(all, limit);
  const shown = document.createTextNode(visible(all.slice(0, end)));
  element.replaceChildren(shown);
  if (end === all.length) return;
  const gap = document.createTextNode("… ");
  const more = document.createElement("button");
  more.type = "button";
  more.className = "link";
  const name = () => { more.textContent = all.length - end <= PART ? `show all (${size(all.length)})` : `show more (${size(end)} of ${size(all.length)})`; };
  more.onclick = () => {
    const from = end;
    end = cut(all, end + PART);
    gap.before(document.createTextNode(visible(all.slice(from, end))));
    if (end < all.length) return name();
    gap.remove();
    more.remove();
    element.tabIndex = -1;
    element.focus();
  };
  name();
  element.append(gap, more);
}

/** Where a text can be cut near `at`: not within a character of two halves. */
const cut = (all, at) => Math.min(all.length, at + (/[\ud800-\udbff]/.test(all[at - 1] ?? "") ? 1 : 0));

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Of bytes, with the decimal units of disks: `960 GB`. */
export function size(bytes) {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `1 machine`, `3 machines`. */
export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** Names in the order in which people count: n2 before n10. */
const collator = new Intl.Collator("en", { numeric: true });
export const naturally = (a, b) => collator.compare(a, b);
