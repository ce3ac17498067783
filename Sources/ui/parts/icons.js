/**
 * Signs that fonts do not have everywhere.
 */

import { h } from "../core/tree.js";

/** A machine's power: on, off, or a question mark where it is not known. */
export const powerIcon = (state) => h("svg", { class: "icon", viewBox: "0 0 16 16", width: 13, height: 13, "aria-hidden": "true" },
  state === "unknown"
    ? h("text", { x: 8, y: 13, "text-anchor": "middle", "font-size": 14, fill: "currentColor" }, "?")
    : [
      h("path", { d: "M4.7 4a5.5 5.5 0 1 0 6.6 0", fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round" }),
      h("path", { d: state === "on" ? "M8 1.5v6" : "M8 5v.1", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round" }),
    ]);
