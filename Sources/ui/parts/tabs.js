/**
 * Links to the parts of a view.
 */

import { to } from "../core/router.js";
import { h } from "../core/tree.js";

/** @param base  components of the address @param tabs  `[name, label]`; the first one is the base itself */
export function tabs(label, base, chosen, all) {
  return h("nav", { class: "tabs", "aria-label": label }, h("ul", null, all.map(([name, text], place) =>
    h("li", { key: name }, h("a", { href: place ? to(...base, name) : to(...base), "aria-current": name === chosen && "page" }, text)))));
}
