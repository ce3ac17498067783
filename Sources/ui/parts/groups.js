/**
 * Groups of a deployment with their criteria, and the machines of each.
 */

import { to } from "../core/router.js";
import { count, plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import { panel } from "./panel.js";
import { sign } from "./state.js";

const STAGES = { deployed: "good", prepared: "idle", failed: "bad", "held back": "wait", "at work": "busy", waits: "off" };

/** How many machines of a group are shown before a reader unfolds it. */
const FEW = 60;

export function groupsPanel(groups, step) {
  const errors = new Map((step?.machine_errors ?? []).map((each) => [each.node, each.message]));
  return panel("Groups", { class: "wide" }, h("ol", { class: "groups" }, groups.map((group) => h("li", { key: group.name },
    h("p", null, h("strong", null, plain(group.name)), group.isCritical && h("span", { class: "hint" }, " critical"),
      h("span", { class: "hint" }, ` · ${summary(group.machines)}`)),
    h("p", { class: "hint" }, [group.criteria.join("; "), group.dependsOn.length > 0 && `after ${group.dependsOn.join(", ")}`].filter(Boolean).join(" · ")),
    h("ul", { class: "group-machines" }, group.machines.slice(0, FEW).map((each) => machine(each, errors))),
    group.machines.length > FEW && h("details", null, h("summary", null, `${group.machines.length - FEW} more`),
      h("ul", { class: "group-machines" }, group.machines.slice(FEW).map((each) => machine(each, errors)))),
    group.machines.filter((each) => errors.has(each.name)).map((each) => h("p", { key: `error ${each.name}`, class: "notice bad" },
      h("a", { href: to("machines", each.name) }, plain(each.name)), ": ", said(errors.get(each.name))))))));
}

const machine = ({ name, stage }) => h("li", { key: name }, h("a", { class: `badge ${STAGES[stage] ?? "off"}`, href: to("machines", name), title: stage },
  sign(STAGES[stage]), " ", plain(name), h("span", { class: "unseen" }, `: ${stage}`)));

function summary(machines) {
  const numbers = new Map();
  for (const { stage } of machines) numbers.set(stage, (numbers.get(stage) ?? 0) + 1);
  return machines.length ? [...numbers].map(([stage, number]) => `${number} ${stage}`).join(", ") : count(0, "machine");
}
