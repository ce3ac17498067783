/**
 * Revisions and collections.
 */

import { moment } from "../../core/clock.js";
import { to } from "../../core/router.js";
import { may } from "../../core/session.js";
import { plain } from "../../core/text.js";
import { h } from "../../core/tree.js";
import { content, empty, panel, table } from "../../parts/panel.js";
import { badge } from "../../parts/state.js";

const STATUSES = { unmodified: "skip", created: "good", modified: "wait", deleted: "bad" };
const TAGS = { committed: "good", "site-action-success": "good", "site-action-failure": "bad" };

export function overview(revisions) {
  return {
    draw: () => [
      panel("Collections", { class: "wide" }, content(revisions.collections, "the collections", collections)),
      panel("Revisions", { class: "wide" }, content(revisions.list, "the revisions", (list) => list.length
        ? table("Revisions, the newest first", ["Revision", "Stored", "Buckets", "Tags", ""], list.slice(0, 300).map((each) => revision(each, list)))
        : empty("There are no documents yet. Stage some: ", h("code", null, "boatyard create configdocs site --directory my-site"), "."))),
    ],
  };
}

function collections(list) {
  if (!list.length) return empty("There are no collections.");
  return table("Collections", ["Collection", "Committed", "Buffer", "In the buffer"], list.map((each) => h("tr", { key: each.collection_name },
    h("td", null, h("strong", null, plain(each.collection_name))), h("td", null, each.base_status === "not present" ? "–" : `revision ${each.base_revision}`),
    h("td", null, each.new_revision ? `revision ${each.new_revision}` : "–"),
    h("td", null, each.new_status === "unmodified" ? badge("skip", "as committed") : h("a", { href: to("documents", "buffer") }, badge(STATUSES[each.new_status] ?? "idle", each.new_status))))));
}

function revision(each, list) {
  const before = list.find((other) => other.id < each.id);
  return h("tr", { key: each.id }, h("td", null, h("strong", null, String(each.id))), h("td", null, moment(each.createdAt)), h("td", null, plain(each.buckets.join(", "))),
    h("td", null, each.tags.map((tag) => [badge(TAGS[tag] ?? "idle", tag), " "])),
    h("td", null, may("deckhand:list_cleartext_documents") && h("span", { class: "links" },
      h("a", { href: to("documents", "rendered", String(each.id)) }, "rendered", h("span", { class: "unseen" }, ` documents of revision ${each.id}`)),
      before && h("a", { href: to("documents", "diff", String(before.id), String(each.id)) }, "differences", h("span", { class: "unseen" }, ` from ${before.id} to ${each.id}`)))));
}
