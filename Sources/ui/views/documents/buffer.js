/**
 * What is staged: what is wrong with it, and what it means for each machine.
 */

import { get, getText, order, part } from "../../core/api.js";
import { draw } from "../../core/drawing.js";
import { Resource } from "../../core/resource.js";
import { to } from "../../core/router.js";
import { may } from "../../core/session.js";
import { h } from "../../core/tree.js";
import { content, empty, failure, panel } from "../../parts/panel.js";
import { findingList, findingsOf } from "../../parts/findings.js";
import { planTable } from "../../parts/plan.js";
import { documentSources } from "../../parts/source.js";

export function buffer(revisions) {
  let planned = null;
  const plan = new Resource((signal) => planned ? get(`designs/${planned.to}/plan?from=${planned.from}`, { signal }) : null);
  const sources = new Resource((signal) => readSources(revisions, signal));
  const check = { isBusy: false, error: null, findings: null, of: null };

  async function validate() {
    check.isBusy = true;
    draw();
    try {
      const { status, findings } = findingsOf(await order("POST", "commitconfigdocs?dryrun=true"));
      Object.assign(check, { findings, status, error: null, of: revisions.buffer });
    } catch (error) {
      const report = findingsOf(read(error.body));
      Object.assign(check, report.findings.length ? { ...report, error: null, of: revisions.buffer } : { error, findings: null });
    }
    check.isBusy = false;
    draw();
  }

  function follow() {
    const next = revisions.buffer ? { from: revisions.committed, to: revisions.buffer } : null;
    if (next?.to === planned?.to && next?.from === planned?.from) return;
    planned = next;
    // What was found of another buffer says nothing about this one.
    if (check.of !== revisions.buffer) Object.assign(check, { findings: null, error: null });
    plan.value = undefined;
    plan.refresh();
    if (may("workflow_orchestrator:get_configdocs")) sources.refresh();
  }

  return {
    close() {
      plan.close();
      sources.close();
    },
    draw: () => content(revisions.list, "the revisions", () => {
      follow();
      if (!planned) {
        return panel("Buffer", { class: "wide" }, empty("The buffer holds nothing that is not committed. Stage documents: ",
          h("code", null, "boatyard create configdocs site --directory my-site"), "."));
      }
      return [
        may("physical_provisioner:read_data") && panel("Plan", { key: "plan", class: "wide", aside: h("a", { href: to("documents", "diff", String(planned.from), String(planned.to)) }, `differences from ${planned.from} to ${planned.to}`) },
          content(plan, "the plan", (value) => value && planTable(value))),
        panel("Findings", { class: "wide", aside: may("workflow_orchestrator:commit_configdocs") && h("button", { type: "button", disabled: check.isBusy, on: { click: validate } }, check.isBusy ? "Validating…" : "Validate") },
          check.error && failure(check.error, "the findings"),
          check.findings ? findingList(check.findings, check.status, planned.to) : empty("Validate the buffer to see what a commit would say of it. Nothing is committed by that.")),
        sources.value && panel("Staged documents", { class: "wide" }, documentSources(sources.value, check.findings ?? [])),
      ];
    }),
  };
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The text of each collection that is in the buffer. */
async function readSources(revisions, signal) {
  const names = (revisions.collections.value ?? await get("configdocs", { signal })).filter((each) => each.new_status !== "deleted").map((each) => each.collection_name);
  return Promise.all(names.map(async (name) => ({ name, text: await getText(`configdocs/${part(name)}?version=buffer`, { signal }) })));
}
