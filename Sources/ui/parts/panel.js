/**
 * Parts of a view, with what is said where there is nothing to show, or not yet.
 */

import { plain, said } from "../core/text.js";
import { h } from "../core/tree.js";

/** The heading of a view; it gets the focus when the view is opened. */
export const heading = (...children) => h("h1", { tabindex: "-1" }, ...children);

/** A part of a view with a heading of its own. */
export function panel(title, properties, ...children) {
  const id = `panel-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  const { aside, ...rest } = properties ?? {};
  return h("section", { key: id, "aria-labelledby": id, ...rest, class: `panel ${rest.class ?? ""}` },
    h("div", { class: "panel-head" }, h("h2", { id }, title), aside), ...children);
}

/** There is nothing, and what to do about it. */
export const empty = (...children) => h("p", { class: "empty" }, ...children);

/** Something went wrong. */
export function failure(error, what) {
  if (error.isForbidden) return empty(`The policy does not let you see ${what}.`);
  return h("p", { class: "notice bad", role: "alert" }, `${sentenceCase(what)} cannot be shown: `, said(error.message));
}

/** What a resource holds, by `shown(value)`; else that it is being read, or why it cannot be. */
export function content(resource, what, shown) {
  if (resource.value !== undefined) return [resource.error && !resource.error.isAway && failure(resource.error, what), shown(resource.value)];
  if (resource.error) return failure(resource.error, what);
  return h("p", { class: "empty", "aria-busy": "true" }, `Reading ${what}…`);
}

/** Names with values, which are texts or descriptions; pairs without a value are left out. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return h("dl", { class: "facts" }, shown.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, typeof value === "string" ? plain(value) : value))));
}

/** A table. @param heads  a text for each column, or `[text, class]` @param rows  of cells */
export function table(caption, heads, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    h("table", null,
      h("caption", { class: "unseen" }, caption),
      h("thead", null, h("tr", null, heads.map(columnHead))),
      h("tbody", null, rows)));
}

function columnHead(head) {
  const [text, kind = null] = Array.isArray(head) ? head : [head];
  // A head without a text is none.
  return text ? h("th", { scope: "col", class: kind }, text) : h("td", null);
}

export const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1);
