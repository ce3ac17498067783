/**
 * Orders that are given to the daemon: asked once more where they cannot be taken back, with what came of them.
 */

import { draw } from "../core/drawing.js";
import { said } from "../core/text.js";
import { h } from "../core/tree.js";
import { announce } from "./announce.js";

/** Orders of one view. `give` runs one at a time; `draw()` shows what the last one came to. */
export class Orders {
  constructor() {
    this.isBusy = false;
    this.outcome = null;
    this.question = null;
  }

  /** @param {() => Promise<any>} run @param {(answer: any) => string} told  a sentence on what was done */
  async give(run, told) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.outcome = null;
    draw();
    try {
      this.outcome = { isGood: true, text: told(await run()) };
    } catch (error) {
      this.outcome = { isGood: false, text: error.message };
    }
    this.isBusy = false;
    announce(this.outcome.text);
    draw();
  }

  /** Asks whether it is meant, and then gives the order. */
  confirm(title, text, label, run, told) {
    this.question = { title, text, label, run, told };
    draw();
  }

  button(label, properties, run) {
    return h("button", { type: "button", disabled: this.isBusy, ...properties, on: { click: run } }, label);
  }

  draw() {
    return [
      this.outcome && h("p", { key: "outcome", class: `notice ${this.outcome.isGood ? "" : "bad"}`, role: "status" }, said(this.outcome.text)),
      this.question && this.dialog(),
    ];
  }

  dialog() {
    const { title, text, label, run, told } = this.question;
    const close = () => {
      this.question = null;
      draw();
    };
    queueMicrotask(() => {
      const dialog = document.querySelector("dialog");
      if (dialog && !dialog.open) dialog.showModal();
    });
    return h("dialog", { key: "question", "aria-labelledby": "question-title", on: { close } },
      h("form", { method: "dialog", on: { submit: (event) => event.submitter?.value === "do" && this.give(run, told) } },
        h("h2", { id: "question-title" }, title), h("p", null, text),
        h("div", { class: "controls" }, h("button", { value: "leave", autofocus: true }, "Leave it"),
          h("button", { class: "danger", value: "do" }, label))));
  }
}
