/**
 * What validations have found, at the files and lines where it is.
 */

import { to } from "../core/router.js";
import { count, naturally, plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import { empty } from "./panel.js";
import { badge } from "./state.js";

const LEVELS = { Error: "bad", Warning: "wait", Info: "idle" };

/** Errors and warnings of a report of validations; notes that say that nothing was wrong are left out. */
export function findingsOf(report) {
  const list = report?.details?.messageList ?? [];
  const findings = list.map((each) => ({ ...each, level: each.level ?? (each.error ? "Error" : "Info") })).filter((each) => each.error || each.level === "Warning");
  return { status: report?.message ?? "", findings };
}

/** @param revision  of the documents, which are linked; null where there is no such view */
export function findingList(findings, status, revision) {
  const errors = findings.filter((each) => each.error).length;
  const sorted = [...findings].sort((a, b) => (b.error === true) - (a.error === true) || naturally(place(a), place(b)));
  return [h("p", { role: "status" }, errors ? badge("bad", `${count(errors, "error")}: a commit is refused`) : badge("good", "a commit is accepted"), " ",
    h("span", { class: "hint" }, count(findings.length - errors, "warning"))),
  findings.length ? h("ol", { class: "findings" }, sorted.map((each, index) => finding(each, index, revision))) : empty("Nothing was found.")];
}

const place = (finding) => finding.documents?.[0]?.place ?? "";

function finding(each, index, revision) {
  return h("li", { key: index, class: `finding ${LEVELS[each.level]}` }, h("p", null, badge(LEVELS[each.level], each.level), " ", each.name && [h("code", null, plain(each.name)), " "], said(each.message)),
    each.diagnostic && h("p", { class: "hint" }, said(each.diagnostic)), each.remedy && h("p", null, said(each.remedy)),
    (each.documents ?? []).map((document) => h("p", null, document.place && [h("code", null, plain(document.place)), " "],
      revision === null ? plain(document.name) : h("a", { href: to("documents", "rendered", String(revision), document.schema, document.name) }, plain(document.name)), " ", h("span", { class: "hint" }, plain(document.schema)))));
}
