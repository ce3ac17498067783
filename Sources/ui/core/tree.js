/**
 * Draws a view: a function from state to a tree of descriptions, and a patch that changes only what differs in the page.
 *
 * Text enters the page as text nodes alone. Nothing here, or elsewhere in the page, reads HTML.
 */

import { draw } from "./drawing.js";

const SVG = "http://www.w3.org/2000/svg";
const NONE = {};

/**
 * How many of the parts that can wait one drawing takes, and for how long, in milliseconds; the rest of them is left for the next frame.
 * What the browser does with them afterwards, style and layout, takes several times as long.
 */
const SHARE = { parts: 40, time: 12 };

/** Until when they may be drawn; null before the first of a drawing. */
let end = null;
let taken = 0;
/** Whether one was left. */
let isLeft = false;

/** Of an element that is there and not drawn yet. */
const WAITS = { on: NONE, set: NONE, style: NONE, attributes: NONE };

/**
 * Describes an element.
 *
 * @param {string} tag
 * @param {object|null} properties  attributes, and besides them:
 *   `key`: what it is known by among its siblings; `on`: listeners by the name of their event; `set`: properties of the element
 *   (`value`, `checked`, …); `style`: custom properties and declarations; `memo`: the element is left alone while this is the same.
 * @param {...any} children  descriptions, texts, numbers; lists of these; null and false are nothing.
 */
export function h(tag, properties, ...children) {
  const { key = null, memo, on = NONE, set = NONE, style = NONE, ...attributes } = properties ?? NONE;
  return { tag, key, memo, on, set, style, attributes, children: children.flat(Infinity).filter(isShown) };
}

/**
 * Describes an element whose inside is made by `build(element)`, and made anew when `dependency` has changed: for what changes by
 * itself, such as a console, or a long text that a reader unfolds.
 */
export function island(tag, properties, dependency, build) {
  return { ...h(tag, properties), dependency, build };
}

/**
 * Describes an element that `make()` describes, which is called only where there is no such element yet, or `memo` has changed: for long
 * lists of which little changes.
 */
export function lazy(tag, key, memo, make) {
  return { tag, key, memo, make };
}

/**
 * As `lazy`, for one of very many that may change at once: where a frame has no time left for it, it stays as it was, or empty, until the
 * next one.
 */
export function patient(tag, key, memo, make) {
  return { tag, key, memo, make, canWait: true };
}

/** Makes the children of `parent` what the descriptions say. What can wait may come with further drawings, which this asks for. */
export function patch(parent, ...children) {
  end = null;
  taken = 0;
  isLeft = false;
  patchChildren(parent, parent.drawn ?? [], children.flat(Infinity).filter(isShown));
  if (isLeft) draw();
}

/** Whether this drawing has time for one more of those that can wait: for one at least. */
function hasTime() {
  const now = performance.now();
  end ??= now + SHARE.time;
  if (taken < SHARE.parts && now <= end) {
    taken += 1;
    return true;
  }
  isLeft = true;
  return false;
}

const isShown = (child) => child !== null && child !== undefined && child !== false && child !== true;

function patchChildren(parent, before, after) {
  const keyed = new Map();
  const plain = [];
  for (const item of before) {
    if (item.key === null) plain.push(item);
    else keyed.set(item.key, item);
  }
  let next = 0;
  const drawn = after.map((description) => {
    const isElement = typeof description === "object";
    const key = isElement ? description.key : null;
    let old = null;
    if (key !== null) {
      old = keyed.get(key) ?? null;
    } else if (next < plain.length) {
      old = plain[next];
      next += 1;
    }
    if (key !== null && old) keyed.delete(key);
    if (old && !isSame(old, description)) {
      old.node.remove();
      old = null;
    }
    return isElement ? drawElement(old, description, parent) : drawText(old, String(description));
  });
  for (const item of plain.slice(next)) item.node.remove();
  for (const item of keyed.values()) item.node.remove();
  place(parent, drawn);
  parent.drawn = drawn;
}

/** Moves only what is not where it belongs, so that focus and scrolling stay. */
function place(parent, drawn) {
  let expected = parent.firstChild;
  for (const { node } of drawn) {
    if (node === expected) expected = expected.nextSibling;
    else parent.insertBefore(node, expected);
  }
}

const isSame = (old, description) =>
  typeof description === "object" ? old.description?.tag === description.tag : old.description === null;

function drawText(old, text) {
  const node = old?.node ?? document.createTextNode(text);
  if (node.data !== text) node.data = text;
  return { key: null, node, description: null };
}

function drawElement(old, description, parent) {
  const { tag, key, memo, make, canWait } = description;
  if (old && memo !== undefined && old.description.memo === memo) return old;
  if (canWait && !hasTime()) return old ?? { key, node: document.createElement(tag), description: { ...WAITS, tag, key } };
  if (make) return drawElement(old, { ...make(), key, memo }, parent);
  const isSVG = tag === "svg" || (parent.namespaceURI === SVG && parent.localName !== "foreignObject");
  const node = old?.node ?? (isSVG ? document.createElementNS(SVG, tag) : document.createElement(tag));
  const last = old?.description ?? WAITS;
  patchAttributes(node, last.attributes, description.attributes);
  patchStyle(node, last.style, description.style);
  for (const name in last.on) if (!(name in description.on)) node[`on${name}`] = null;
  for (const name in description.on) node[`on${name}`] = description.on[name];
  if (description.build) {
    if (!old || last.dependency !== description.dependency) description.build(node);
  } else {
    patchChildren(node, node.drawn ?? [], description.children);
  }
  // After the children: the value of a select is one of them.
  for (const name in description.set) if (description.set[name] !== last.set[name]) node[name] = description.set[name];
  return { key, node, description };
}

function patchAttributes(node, before, after) {
  for (const name in before) if (!(name in after)) node.removeAttribute(name);
  for (const name in after) {
    const value = after[name];
    if (value === before[name]) continue;
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

function patchStyle(node, before, after) {
  for (const name in before) if (!(name in after)) node.style.removeProperty(name);
  for (const name in after) if (after[name] !== before[name]) node.style.setProperty(name, String(after[name]));
}
