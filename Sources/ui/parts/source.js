/**
 * The text of collections, document by document, with findings at the lines that they are about.
 */

import { plain, visible } from "../core/text.js";
import { h, island } from "../core/tree.js";
import { badge } from "./state.js";

/** How many lines of a document, and how many documents, are in the page at once. */
const MOST_LINES = 3000;
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
  return sources.map(({ name, text }) => {
    const documents = cached(text);
    const of = (document) => findings.filter((each) => each.documents?.some((other) => other.schema === document.schema && other.name === document.name));
    const sorted = [...documents].sort((a, b) => of(b).length - of(a).length);
    return h("section", { key: name }, h("h3", null, plain(name), h("span", { class: "hint" }, ` ${documents.length} documents`)),
      sorted.slice(0, MOST).map((document) => source(document, of(document))), documents.length > MOST && h("p", { class: "hint" }, `and ${documents.length - MOST} more`));
  });
}

let last = { text: null, documents: [] };

function cached(text) {
  if (last.text !== text) last = { text, documents: split(text) };
  return last.documents;
}

function source(document, findings) {
  const key = `${document.schema} ${document.name}`;
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
  const lines = all.replace(/\n$/, "").split("\n").slice(0, MOST_LINES);
  const places = findings.map((each) => ({ finding: each, at: lineOf(lines, each) }));
  lines.forEach((text, index) => {
    const row = create("span", "line numbered");
    row.append(create("span", "line-number", String(first + index)), create("bdi", "", visible(text)));
    const here = places.filter((each) => each.at === index);
    if (here.length) row.classList.add("marked");
    element.append(row);
    for (const { finding } of here) element.append(create("span", `line remark ${finding.error ? "error" : "warning"}`, `▲ ${visible(finding.message)}`));
  });
}

/** The line that a finding quotes a value of; else that of the document's schema. */
function lineOf(lines, finding) {
  const words = finding.message.match(/[\w./-]{3,}/g) ?? [];
  const value = words.map((word) => lines.findIndex((line) => line.endsWith(`: ${word}`) || line.endsWith(`- ${word}`))).find((index) => index >= 0);
  return value ?? Math.max(0, lines.findIndex((line) => line.startsWith("schema:")));
}

function create(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
