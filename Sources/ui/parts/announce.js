/**
 * Tells users of screen readers what has changed.
 */

import { draw } from "../core/drawing.js";
import { h } from "../core/tree.js";

let text = "";

export function announce(sentence) {
  text = sentence;
  draw();
}

export const announcements = () => h("div", { key: "announcements", class: "unseen", "aria-live": "polite" }, text);
