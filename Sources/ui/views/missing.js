/**
 * There is no such view.
 */

import { h } from "../core/tree.js";
import { empty, heading } from "../parts/panel.js";

export const missing = () => ({
  title: "Not found",
  draw: () => [heading("Not found"), empty("This page has no such view. ", h("a", { href: "#/site" }, "Show the site"), ".")],
});
