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
    line.raw = text.slice(0, MOST_CHARACTERS);
    // What a line was before a carriage return is overwritten, as on a terminal.
    const shown = line.raw.replace(/\r+$/, "").split("\r").at(-1);
    line.textContent = visible(shown) + (text.length > MOST_CHARACTERS ? "…" : "");
    for (const [pattern, level] of LEVELS) line.classList.toggle(level, pattern.test(text.slice(0, 200)));
  }
}
