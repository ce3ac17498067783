/**
 * Where a value of a rendered document came from: layers, substitutions, files and lines, the last step first.
 */

import { get } from "../core/api.js";
import { draw } from "../core/drawing.js";
import { said } from "../core/text.js";
import { plain } from "../core/text.js";
import { h } from "../core/tree.js";
import { shown } from "./change.js";
import { empty, failure } from "./panel.js";

/** In milliseconds: how long a value is looked at before it is explained. */
const PAUSE = 180;

const ACTIONS = {
  written: "written in the document", merge: "put over the parent's value", replace: "put in the place of the parent's value", inherited: "the parent's value",
  delete: "left by a deletion", substitution: "substituted", shared: "shared with another document",
};

/** Explains values of one document. */
export class Explanation {
  constructor(revision, document) {
    this.revision = revision;
    this.document = document;
    this.path = null;
    this.answers = new Map();
    this.abort = null;
    this.timer = null;
  }

  /** @param path  of a value, such as `.nodes[0].name`; `.` for all of it */
  ask(path) {
    if (this.path === path) return;
    this.path = path;
    clearTimeout(this.timer);
    this.abort?.abort();
    if (!this.answers.has(path)) this.timer = setTimeout(() => this.load(path), PAUSE);
    draw();
  }

  close() {
    clearTimeout(this.timer);
    this.abort?.abort();
  }

  async load(path) {
    this.abort = new AbortController();
    const { schema, metadata } = this.document;
    const query = new URLSearchParams({ explain: path, schema, "metadata.name": metadata.name });
    if (metadata.layeringDefinition?.layer) query.set("metadata.layeringDefinition.layer", metadata.layeringDefinition.layer);
    try {
      this.answers.set(path, { value: await get(`revisions/${this.revision}/rendered-documents?${query}`, { signal: this.abort.signal }) });
    } catch (error) {
      if (error.name === "AbortError") return;
      this.answers.set(path, { error });
    }
    draw();
  }

  draw() {
    const answer = this.answers.get(this.path);
    return h("div", { "aria-live": "polite", "aria-busy": answer ? null : "true" }, h("p", null, h("code", { class: "explained" }, said(this.path))),
      !answer ? empty("Asking…") : answer.error ? failure(answer.error, "the explanation") : explained(answer.value));
  }
}

function explained({ origin, redacted, overrides, value }) {
  return [redacted && h("p", { class: "hint" }, "A secret: sums stand in its place."),
    value !== undefined && (typeof value !== "object" || value === null) && h("p", null, said(shown(value), { class: "said data" }, 600)),
    origin.length ? h("ol", { class: "origins" }, origin.map(step)) : empty("Its values came from several places: look at one of them."),
    overrides?.length > 0 && [h("h3", null, "In the place of"), h("ol", { class: "origins" }, overrides.map(step))]];
}

function step(each, index) {
  return h("li", { key: index }, h("p", null, h("strong", null, ACTIONS[each.action] ?? each.action), each.source && [" from ", h("bdi", null, `${each.source.schema} `), h("strong", null, plain(each.source.name)), " ", h("code", null, plain(each.source.path))]),
    h("p", null, plain(each.name), " ", h("span", { class: "hint" }, plain(each.schema))),
    h("p", { class: "hint" }, "layer ", plain(each.layer ?? "–"), ", bucket ", plain(each.bucket), `, revision ${each.revision}`),
    each.line && h("p", { class: "data" }, plain(`${each.file ?? each.bucket}:${each.line}`)));
}
