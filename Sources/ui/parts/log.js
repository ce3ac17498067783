/**
 * The log of a step: its end at first, what comes as it comes, what was before on request.
 */

import { part } from "../core/api.js";
import { draw } from "../core/drawing.js";
import { RangedText } from "../core/ranges.js";
import { size } from "../core/text.js";
import { h, island } from "../core/tree.js";
import { empty, failure } from "./panel.js";
import { Tail } from "./tail.js";

/** @param chosenTry  the number of a try; null for the newest one */
export function stepLog(action, step, chosenTry) {
  const text = new RangedText(`api/v1.0/actions/${part(action)}/steps/${part(step)}/logs${chosenTry ? `?try=${chosenTry}` : ""}`);
  const abort = new AbortController();
  const { signal } = abort;
  let tail = null;
  let error = null;
  let isBusy = false;
  let isWanted = false;
  let isEmpty = false;

  async function read() {
    isWanted = true;
    if (isBusy || !tail) return;
    isBusy = true;
    while (isWanted && !signal.aborted) {
      isWanted = false;
      try {
        const { text: lines, isAnew } = await text.more(signal);
        if (signal.aborted) return;
        if (isAnew) tail.clear();
        if (lines) tail.append(lines);
        isEmpty = text.end === 0;
        error = null;
      } catch (problem) {
        if (signal.aborted) return;
        error = problem;
      }
      draw();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    isBusy = false;
  }

  async function readEarlier() {
    const lines = await text.earlier(signal).catch((problem) => {
      error = problem;
      return "";
    });
    if (lines) tail.prepend(lines);
    draw();
  }

  return {
    refresh: read,
    close: () => abort.abort(),
    draw: () => [
      error && (error.isAbsence ? empty("This step has not begun: there is no log.") : failure(error, "the log")),
      isEmpty && !error && empty("The log is empty."),
      text.start > 0 && (text.takesRanges
        ? h("button", { key: "earlier", type: "button", on: { click: readEarlier } }, `Show earlier lines (${size(text.start)} before)`)
        : h("p", { key: "earlier", class: "hint" }, `${size(text.start)} before are not shown: `, h("code", null, `boatyard logs step/${action}/${step}`), ".")),
      island("div", { key: `${step} ${chosenTry}`, class: "log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": `Log of ${step}` }, `${step} ${chosenTry}`, (element) => {
        tail = new Tail(element);
        read();
      }),
    ],
  };
}
