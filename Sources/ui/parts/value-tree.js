/**
 * The data of a document as lines that can be folded, one of which is looked at: by the arrow keys, by a click, or by pointing at it.
 */

import { draw } from "../core/drawing.js";
import { count, said } from "../core/text.js";
import { h } from "../core/tree.js";
import { below } from "../model/difference.js";
import { shown } from "./change.js";

/** How many lines are in the page at once, and of how many it is known where they are. */
const MOST = 400;
const LIMIT = 200_000;

export class ValueTree {
  /** @param {(path: string) => void} look  called with the path of the value that is looked at */
  constructor(document, look) {
    this.document = document;
    this.look = look;
    this.folded = new Set();
    this.current = null;
    /** Which line is the first one in the page. */
    this.first = 0;
    /** Null where a fold has changed. */
    this.all = null;
  }

  /** Lines in their order: `{path, key, level, value, size}`, the last one for containers. */
  lines() {
    const found = [];
    const walk = (value, path, key, level) => {
      const isContainer = typeof value === "object" && value !== null;
      const size = isContainer ? Object.keys(value).length : null;
      found.push({ path: path || ".", key, level, value, size });
      if (!isContainer || this.folded.has(path)) return;
      members(value, path, level + 1);
    };
    const members = (container, path, level) => {
      const isList = Array.isArray(container);
      for (const key of Object.keys(container)) {
        if (found.length >= LIMIT) return;
        walk(container[key], below(path, key, isList), isList ? `[${key}]` : key, level);
      }
    };
    const { data } = this.document;
    if (typeof data === "object" && data !== null) {
      members(data, "", 1);
    } else {
      walk(data, "", "data", 1);
    }
    return found;
  }

  draw() {
    this.all ??= this.lines();
    const lines = this.all;
    this.first = Math.max(0, Math.min(this.first, lines.length - MOST));
    const end = Math.min(lines.length, this.first + MOST);
    const kept = lines.slice(this.first, end);
    const stop = kept.some((each) => each.path === this.current) ? this.current : kept[0]?.path;
    return [this.first > 0 && this.part("earlier", `Show earlier lines (${count(this.first, "line")} before)`, this.first - MOST),
      h("div", { key: "values", class: "values", role: "tree", "aria-label": `Data of ${this.document.metadata.name}`, on: { keydown: (event) => this.key(event, lines) } }, kept.map((each) => this.line(each, stop))),
      end < lines.length && this.part("later", `Show more (${count(lines.length - end, "line")} behind)`, end),
      lines.length >= LIMIT && h("p", { key: "limit", class: "hint" }, `Of this document ${count(LIMIT, "line")} can be shown: fold what is not wanted.`)];
  }

  /** A button to another part of a long document. */
  part(key, label, first) {
    const click = () => {
      this.first = Math.max(0, first);
      draw();
    };
    return h("button", { key, type: "button", on: { click } }, label);
  }

  line({ path, key, level, value, size }, stop) {
    const isFolded = this.folded.has(path);
    const choose = () => this.choose(path);
    // A line that has come under a resting pointer, because the reader goes on by keyboard, is not pointed at.
    const point = (event) => (event.movementX || event.movementY) && choose();
    return h("div", {
      key: path, class: `value ${path === this.current ? "current" : ""}`, role: "treeitem", tabindex: path === stop ? "0" : "-1", "aria-level": level, "data-path": path,
      "aria-expanded": size ? String(!isFolded) : null, "aria-selected": String(path === this.current), style: { "--level": level - 1 },
      on: { focus: choose, mousemove: point, click: () => size && this.fold(path, !isFolded) },
    }, h("span", { class: "fold", "aria-hidden": "true" }, size ? (isFolded ? "▸" : "▾") : ""), h("span", { class: "value-key" }, said(key, null, 300)), ": ",
    size === null ? said(shown(value), { class: `said ${typeof value}` }, 2000) : h("span", { class: "hint" }, Array.isArray(value) ? (size ? `list of ${size}` : "empty list") : size ? "" : "empty mapping"));
  }

  choose(path) {
    if (this.current === path) return;
    this.current = path;
    this.look(path);
    draw();
  }

  fold(path, isFolded) {
    if (isFolded) this.folded.add(path);
    else this.folded.delete(path);
    this.all = null;
    draw();
  }

  key(event, lines) {
    const at = lines.findIndex((each) => each.path === event.target.dataset?.path);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const { path, level, size } = lines[at];
    const isFolded = this.folded.has(path);
    let next = null;
    switch (event.key) {
      case "ArrowDown":
        next = lines[at + 1];
        break;
      case "ArrowUp":
        next = lines[at - 1];
        break;
      case "Home":
        next = lines[0];
        break;
      case "End":
        next = lines.at(-1);
        break;
      case "ArrowRight":
        if (size && isFolded) this.fold(path, false);
        else if (size) next = lines[at + 1];
        break;
      case "ArrowLeft":
        if (size && !isFolded) this.fold(path, true);
        else next = lines.slice(0, at).findLast((each) => each.level < level);
        break;
      default:
        return;
    }
    event.preventDefault();
    if (next) this.go(event.currentTarget, next, lines.indexOf(next));
  }

  /** Puts the focus on a line, which may be in another part of the document. */
  go(element, { path }, at) {
    const focus = () => element.querySelector(`[data-path="${CSS.escape(path)}"]`)?.focus();
    if (at >= this.first && at < this.first + MOST) return focus();
    this.first = Math.max(0, at - MOST / 2);
    this.choose(path);
    draw();
    requestAnimationFrame(focus);
  }
}
