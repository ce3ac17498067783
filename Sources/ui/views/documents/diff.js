/**
 * What differs between two revisions.
 */

import { Resource } from "../../core/resource.js";
import { to } from "../../core/router.js";
import { count, plain } from "../../core/text.js";
import { h } from "../../core/tree.js";
import { differences } from "../../model/difference.js";
import { documentsOf } from "../../model/revisions.js";
import { changeRow } from "../../parts/change.js";
import { content, empty, panel } from "../../parts/panel.js";
import { badge } from "../../parts/state.js";

const KINDS = { created: "good", modified: "wait", deleted: "bad" };

/** How many documents are shown at once. */
const MOST = 200;

export function diff(revisions, [first, second]) {
  let pair = null;
  const both = new Resource(async (signal) => {
    if (!pair) return null;
    const [a, b] = pair;
    const [before, after] = await Promise.all([a ? documentsOf(a, "documents", signal) : [], documentsOf(b, "documents", signal)]);
    return { pair: [a, b], found: differences(before, after) };
  });
  /** The revisions of the address; else what the newest one has changed. */
  function choose() {
    const list = revisions.list.value;
    if (!list?.length) return;
    const b = Number(second ?? list[0].id);
    const a = Number(first ?? list.find((each) => each.id < b)?.id ?? 0);
    if (pair?.[0] === a && pair?.[1] === b) return;
    pair = [a, b];
    both.refresh();
  }
  return {
    refresh: () => both.refresh(),
    close: () => both.close(),
    draw() {
      choose();
      return content(revisions.list, "the revisions", (list) => list.length
        ? panel("Differences", { class: "wide", aside: pair && chooser(list, pair) }, content(both, "the documents", (value) => value && result(value)))
        : empty("There are no documents yet."));
    },
  };
}

function chooser(list, [a, b]) {
  const select = (label, value, change) => h("label", null, `${label} `, h("select", { set: { value: String(value) }, on: { change } },
    label === "From" && h("option", { value: "0" }, "nothing"),
    list.map((each) => h("option", { key: each.id, value: String(each.id) }, `revision ${each.id}${each.tags.includes("committed") ? ", committed" : ""}`))));
  return h("div", { class: "tools" },
    select("From", a, (event) => { location.hash = to("documents", "diff", event.target.value, String(b)); }),
    select("To", b, (event) => { location.hash = to("documents", "diff", String(a), event.target.value); }));
}

function result({ found, pair }) {
  if (!found.length) return empty(`Revisions ${pair[0]} and ${pair[1]} hold the same documents.`);
  const numbers = Object.keys(KINDS).map((kind) => [kind, found.filter((each) => each.change === kind).length]).filter(([, number]) => number);
  return [h("p", { class: "hint", role: "status" }, numbers.map(([kind, number]) => `${count(number, "document")} ${kind}`).join(", ")),
    h("ol", { class: "differences" }, found.slice(0, MOST).map(({ document, change, values }) => h("li", { key: `${document.schema} ${document.metadata.name} ${change}` },
      h("p", null, badge(KINDS[change], change), " ", h("a", { href: to("documents", "rendered", String(change === "deleted" ? pair[0] : pair[1]), document.schema, document.metadata.name) },
        plain(document.metadata.name)), " ", h("span", { class: "hint" }, plain(document.schema), ", bucket ", plain(document.status?.bucket ?? ""))),
      values.length > 0 && h("ul", { class: "changes" }, values.slice(0, 100).map(changeRow), values.length > 100 && h("li", null, `and ${values.length - 100} more`))))),
    found.length > MOST && h("p", { class: "hint" }, `and ${count(found.length - MOST, "document")} more`)];
}
