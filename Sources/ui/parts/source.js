/**
 * The text of collections, document by document, with findings at the lines that they are about.
 */

import { count, fill as fold, plain, visible } from "../core/text.js";
import { h, island } from "../core/tree.js";
import { badge } from "./state.js";

/** How many lines of a document at once, how many characters of one, and how many documents are in the page. */
const MOST_LINES = 3000;
const MOST_CHARACTERS = 2000;
const MOST = 400;

/** Documents of a stream: `{schema, name, line, text}`, `line` being that of the stream. */
export function split(text) {
  const found = [];
  let line = 1;
  for (const each of text.split(/^---[ \t]*\n/m)) {
    const schema = /^schema: (.+)$/m.exec(each)?.[1]?.trim();
    const metadata = /^metadata:\n((?: .*\n?)*)/m.exec(each)?.[1] ?? "";
    const name = /^ {2}name: (.+)$/m.exec(metadata)?.[1]?.trim().replace(/^['"]|['"]$/g, "");
    if (schema) found.push({ schema, name: name ?? "", line, text: each });
    line += each.split("\n").length;
  }
  return found;
}

/** @param sources  `{name, text}` of each collection @param findings  of the validations */
export function documentSources(sources, findings) {
  const found = byDocument(findings);
  const of = (document) => found.get(keyOf(document)) ?? [];
  return sources.map((collection) => {
    const { name } = collection;
    const documents = cached(collection);
    const sorted = findings.length ? [...documents].sort((a, b) => of(b).length - of(a).length) : documents;
    return h("section", { key: name }, h("h3", null, plain(name), h("span", { class: "hint" }, ` ${documents.length} documents`)),
      sorted.slice(0, MOST).map((document) => source(document, of(document))), documents.length > MOST && h("p", { class: "hint" }, `and ${documents.length - MOST} more`));
  });
}

const keyOf = ({ schema, name }) => `${schema} ${name}`;

function byDocument(findings) {
  const found = new Map();
  for (const each of findings) {
    for (const key of new Set((each.documents ?? []).map(keyOf))) {
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(each);
    }
  }
  return found;
}

/** A collection is large, and split once. */
const known = new WeakMap();

function cached(collection) {
  if (!known.has(collection)) known.set(collection, split(collection.text));
  return known.get(collection);
}

function source(document, findings) {
  const key = keyOf(document);
  const worst = findings.some((each) => each.error) ? "bad" : findings.length ? "wait" : null;
  return h("details", { key, class: "source", set: { open: worst === "bad" }, on: { toggle: (event) => fill(event.currentTarget, document, findings) } },
    h("summary", null, h("strong", null, plain(document.name)), " ", h("span", { class: "hint" }, plain(document.schema), `, line ${document.line}`), " ",
      worst && badge(worst, `${findings.length} found`)),
    island("div", { class: "log lines", tabindex: "0", role: "region", "aria-label": `Text of ${document.name}` }, `${key} ${findings.length}`, (element) => {
      element.replaceChildren();
      if (element.parentElement?.open) write(element, document, findings);
    }));
}

/** The lines are written once somebody wants to see them. */
function fill(details, document, findings) {
  const element = details.querySelector(".lines");
  if (details.open && !element.firstChild) write(element, document, findings);
}

function write(element, { text: all, line: first }, findings) {
  const lines = all.replace(/\n$/, "").split("\n");
  const places = Map.groupBy(findings, (each) => lineOf(lines, each));
  const more = create("button", "link");
  more.type = "button";
  let next = 0;
  const part = () => {
    const rows = document.createDocumentFragment();
    for (const end = Math.min(lines.length, next + MOST_LINES); next < end; next += 1) rows.append(...row(lines[next], first + next, places.get(next) ?? []));
    more.remove();
    const marks = [...places.keys()].filter((at) => at >= next).length;
    more.textContent = `show more: ${count(lines.length - next, "line")} are left${marks ? `, ${count(marks, "mark")} in them` : ""}`;
    if (next < lines.length) rows.append(more);
    element.append(rows);
  };
  more.onclick = () => {
    part();
    (more.isConnected ? more : element).focus({ preventScroll: true });
  };
  part();
}

/** A line of a document, and what was found there. */
function row(text, number, findings) {
  const line = create("span", `line numbered ${findings.length ? "marked" : ""}`);
  const content = create("bdi", "");
  fold(content, text, MOST_CHARACTERS);
  line.append(create("span", "line-number", String(number)), content);
  return [line, ...findings.map((each) => create("span", `line remark ${each.error ? "error" : "warning"}`, `▲ ${visible(each.message)}`))];
}

/** The line that a finding quotes a value of; else that of the document's schema. */
function lineOf(lines, finding) {
  const words = finding.message.match(/[\w./-]{3,}/g) ?? [];
  const ends = words.map((word) => [`: ${word}`, `- ${word}`]);
  const value = ends.map(([member, item]) => lines.findIndex((line) => line.endsWith(member) || line.endsWith(item))).find((index) => index >= 0);
  return value ?? Math.max(0, lines.findIndex((line) => line.startsWith("schema:")));
}

function create(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
