/**
 * Rendered documents of a revision, with where each value came from.
 */

import { draw } from "../../core/drawing.js";
import { Resource } from "../../core/resource.js";
import { query, setQuery, to } from "../../core/router.js";
import { naturally, plain } from "../../core/text.js";
import { h } from "../../core/tree.js";
import { documentsOf } from "../../model/revisions.js";
import { Explanation } from "../../parts/explain.js";
import { content, empty, panel } from "../../parts/panel.js";
import { ValueTree } from "../../parts/value-tree.js";

/** How many names are in the list at once. */
const MOST = 500;

export function rendered(revisions, [wantedRevision, schema, name]) {
  let revision = null;
  const all = new Resource((signal) => revision ? documentsOf(revision, "rendered-documents", signal) : null);
  let tree = null;
  let explanation = null;

  function follow() {
    const next = Number(wantedRevision) || revisions.committed || revisions.list.value?.[0]?.id || null;
    if (next === revision) return;
    revision = next;
    all.refresh();
  }

  function look(document) {
    if (tree?.document === document) return;
    explanation?.close();
    explanation = new Explanation(revision, document);
    tree = new ValueTree(document, (path) => explanation.ask(path));
    explanation.ask(".");
  }

  return {
    close() {
      all.close();
      explanation?.close();
    },
    draw: () => content(revisions.list, "the revisions", (list) => {
      if (!list.length) return panel("Rendered documents", { class: "wide" }, empty("There are no documents yet."));
      follow();
      return content(all, "the rendered documents", (documents) => documents && body(list, documents));
    }),
  };

  function body(list, documents) {
    const document = documents.find((each) => each.schema === schema && each.metadata.name === name) ?? null;
    if (document) look(document);
    return h("div", { class: "rendered wide" },
      panel("Documents", { class: "document-list", aside: revisionChooser(list) }, finder(), names(documents)),
      document
        ? [panel(name, { key: "document", class: "document" }, h("p", { class: "hint" }, plain(schema), ", layer ", plain(document.metadata.layeringDefinition?.layer ?? "–"), ", bucket ", plain(document.status?.bucket ?? "–")),
          tree.draw()),
        panel("Where it came from", { key: "origin", class: "origin" }, explanation.draw())]
        : panel("Document", { key: "none", class: "document" }, empty("Choose a document. Each of its values is explained: which layer and file it came from, and what was substituted.")));
  }

  function revisionChooser(list) {
    const change = (event) => { location.hash = to("documents", "rendered", event.target.value, ...(schema ? [schema, name] : [])); };
    return h("label", null, h("span", { class: "unseen" }, "Revision"), h("select", { set: { value: String(revision) }, on: { change } },
      list.map((each) => h("option", { key: each.id, value: String(each.id) }, `revision ${each.id}${each.id === revisions.committed ? ", committed" : each.id === revisions.buffer ? ", buffer" : ""}`))));
  }

  function finder() {
    return h("label", { class: "search" }, h("span", { class: "unseen" }, "Find documents"), h("input", {
      type: "search", placeholder: "name or schema", set: { value: query().get("find") ?? "" },
      on: { input: (event) => { setQuery({ find: event.target.value }); draw(); } },
    }));
  }

  function names(documents) {
    const wanted = (query().get("find") ?? "").toLowerCase();
    const found = documents.filter((each) => `${each.schema} ${each.metadata.name}`.toLowerCase().includes(wanted))
      .sort((a, b) => naturally(a.schema, b.schema) || naturally(a.metadata.name, b.metadata.name));
    const bySchema = Map.groupBy(found.slice(0, MOST), (each) => each.schema);
    const suffix = wanted ? `?find=${encodeURIComponent(wanted)}` : "";
    return h("nav", { class: "document-names", "aria-label": "Documents" },
      [...bySchema].map(([kind, list]) => h("section", { key: kind }, h("h3", null, plain(kind)), h("ul", null, list.map((each) => h("li", { key: each.metadata.name },
        h("a", { href: to("documents", "rendered", String(revision), kind, each.metadata.name) + suffix, "aria-current": kind === schema && each.metadata.name === name && "page" }, plain(each.metadata.name))))))),
      !found.length && empty("No document is like this."), found.length > MOST && h("p", { class: "hint" }, `and ${found.length - MOST} more: search for them`));
  }
}
