/**
 * The end of a text that grows, such as a log or a console: the lines that fit into memory, and the newest in view for as long as the
 * reader is at the end.
 */

import { visible } from "../core/text.js";

/** How many lines, and how many characters of one, are kept in the page. */
const MOST_LINES = 5000;
const MOST_CHARACTERS = 8000;

const LEVELS = [[/\b(ERROR|CRITICAL)\b/, "error"], [/\bWARN(ING)?\b/, "warning"]];

/** Fills an element with lines of a text, piece by piece. */
export class Tail {
  constructor(element) {
    this.element = element;
    this.open = null;
    /** Lines that are no longer shown. */
    this.dropped = 0;
  }

  clear() {
    this.element.replaceChildren();
    this.open = null;
    this.dropped = 0;
  }

  /** Puts lines behind what is there. */
  append(text) {
    const { element } = this;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
    const lines = text.replaceAll("\r\n", "\n").split("\n");
    const added = document.createDocumentFragment();
    // Of a large piece only the end is shown.
    const first = Math.max(0, lines.length - MOST_LINES);
    this.dropped += first;
    for (let index = first; index < lines.length; index += 1) {
      if (index === 0 && this.open) {
        this.fill(this.open, this.open.raw + lines[0]);
        continue;
      }
      const line = document.createElement("span");
      line.className = "line";
      this.fill(line, lines[index]);
      added.append(line);
    }
    element.append(added);
    this.open = element.lastElementChild;
    while (element.childElementCount > MOST_LINES) {
      element.firstElementChild.remove();
      this.dropped += 1;
    }
    if (isAtEnd) element.scrollTop = element.scrollHeight;
  }

  /** Puts whole lines before what is there; the reader stays where they are. */
  prepend(text) {
    const before = this.element.scrollHeight;
    const added = document.createDocumentFragment();
    for (const each of text.replace(/\n$/, "").split("\n")) {
      const line = document.createElement("span");
      line.className = "line";
      this.fill(line, each);
      added.append(line);
    }
    this.element.prepend(added);
    this.element.scrollTop += this.element.scrollHeight - before;
  }

  fill(line, text) {
    // What a line was before a carriage return is overwritten, as on a terminal.
    let end = text.length;
    while (text[end - 1] === "\r") end -= 1;
    const from = text.lastIndexOf("\r", end - 1) + 1;
    const shown = text.slice(end > 0 ? from : 0, end);
    line.isCut = shown.length > MOST_CHARACTERS || (line.isCut === true && from === 0);
    line.raw = shown.slice(0, MOST_CHARACTERS) + (end < text.length ? "\r" : "");
    line.textContent = visible(shown.slice(0, MOST_CHARACTERS)) + (line.isCut ? "…" : "");
    for (const [pattern, level] of LEVELS) line.classList.toggle(level, pattern.test(text.slice(0, 200)));
  }
}
