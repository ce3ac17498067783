/**
 * Documents: what is committed, what is staged, where they differ, and where a value came from.
 */

import { Revisions } from "../model/revisions.js";
import { may } from "../core/session.js";
import { h } from "../core/tree.js";
import { heading } from "../parts/panel.js";
import { tabs } from "../parts/tabs.js";
import { buffer } from "./documents/buffer.js";
import { diff } from "./documents/diff.js";
import { overview } from "./documents/overview.js";
import { rendered } from "./documents/rendered.js";

const PARTS = {
  overview: ["Revisions", overview, "deckhand:list_revisions"],
  buffer: ["Buffer", buffer, "workflow_orchestrator:get_configdocs_status"],
  diff: ["Differences", diff, "deckhand:list_cleartext_documents"],
  rendered: ["Rendered", rendered, "deckhand:list_cleartext_documents"],
};

export function documents([chosen = "overview", ...rest]) {
  const revisions = new Revisions();
  const [label, open] = PARTS[chosen] ?? PARTS.overview;
  const shown = open(revisions, rest);
  const refresh = () => {
    revisions.refresh();
    shown.refresh?.();
  };
  refresh();
  return {
    title: label,
    refresh,
    hear: (event) => ["configdocs", "gap"].includes(event.type) && refresh(),
    close() {
      revisions.close();
      shown.close?.();
    },
    draw: () => [
      h("div", { class: "title" }, heading("Documents")),
      tabs("Parts of the documents", ["documents"], PARTS[chosen] ? chosen : "overview",
        Object.entries(PARTS).filter(([, [, , rule]]) => may(rule)).map(([key, [text]]) => [key, text])),
      h("div", { key: chosen, class: "panels" }, shown.draw()),
    ],
  };
}
