/**
 * A value before and after.
 */

import { said } from "../core/text.js";
import { h, lazy } from "../core/tree.js";

/** A value as a text: what is no text is written as JSON. */
export const shown = (value) => typeof value === "string" ? value : JSON.stringify(value, null, 1)?.replace(/\n\s*/g, " ") ?? "";

/** @param {{path: string, from: any, to: any}} change  `undefined` or null: not there */
export function changeRow(change) {
  const { path, from, to } = change;
  const isThere = (value) => value !== undefined && value !== null;
  // A value may be long: it is written once.
  return lazy("li", path, change, () => h("li", { class: "change" }, h("code", null, said(path)),
    isThere(from) && h("del", null, h("span", { class: "unseen" }, "was "), said(shown(from), null, 600)),
    isThere(to) && h("ins", null, h("span", { class: "unseen" }, "is "), said(shown(to), null, 600))));
}
