/**
 * Draws a view: a function from state to a tree of descriptions, and a patch that changes only what differs in the page.
 *
 * Text enters the page as text nodes alone. Nothing here, or elsewhere in the page, reads HTML.
 */

const SVG = "http://www.w3.org/2000/svg";
const NONE = {};

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

/** Makes the children of `parent` what the descriptions say. */
export function patch(parent, ...children) {
  patchChildren(parent, parent.drawn ?? [], children.flat(Infinity).filter(isShown));
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
  const { tag, key, memo, make } = description;
  if (old && memo !== undefined && old.description.memo === memo) return old;
  if (make) return drawElement(old, { ...make(), key, memo }, parent);
  const isSVG = tag === "svg" || (parent.namespaceURI === SVG && parent.localName !== "foreignObject");
  const node = old?.node ?? (isSVG ? document.createElementNS(SVG, tag) : document.createElement(tag));
  const last = old?.description ?? { on: NONE, set: NONE, style: NONE, attributes: NONE };
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
