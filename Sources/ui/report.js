/**
 * The report of a rehearsal: the parts of the page, without a daemon. `boatyard rehearse --report` writes it into one file with
 * all that it needs; what it shows stands in the element `report`, as JSON.
 */

import { duration, moment, parse, stopAt, zoneName } from "./core/clock.js";
import { draw, drawWith } from "./core/drawing.js";
import { route, to } from "./core/router.js";
import { count, plain, said } from "./core/text.js";
import { h, patch } from "./core/tree.js";
import { bootActions, interfaces, storage } from "./parts/design.js";
import { findingList, findingsOf } from "./parts/findings.js";
import { gantt } from "./parts/gantt.js";
import { followFocus, gridKeys, keepTabStop } from "./parts/grid-keys.js";
import { empty, facts, heading, panel } from "./parts/panel.js";
import { badge, lifecycleKind, stepKind, stepWord } from "./parts/state.js";
import { tile } from "./parts/tile.js";
import { timelineChart, timelineTable } from "./parts/timeline.js";

/** `report.json`, and in `details`, by the name of a machine, `{node, design}` as the daemon had them at the end. */
const report = JSON.parse(document.getElementById("report").textContent);

/** How many machines are drawn as tiles. */
const MOST = 2000;

const began = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium" });

const machineOf = (name) => report.machines.find((each) => each.name === name);

function paint(root) {
  const [place, ...rest] = route();
  const machine = place === "machines" ? machineOf(rest[0]) : null;
  document.title = `${machine ? machine.name : report.summary} · Boatyard`;
  patch(root, h("main", { id: "content", tabindex: "-1" }, machine ? one(machine) : overview(place === "actions" ? rest[1] : null)),
    h("footer", { class: "bottom" }, h("span", null, `Rehearsed with Boatyard ${report.version}. Times are in ${zoneName()}.`)));
  const grid = root.querySelector(".racks");
  if (grid) keepTabStop(grid);
}

function overview(chosen) {
  const isGood = report.verdict === "as asked";
  return [
    h("div", { key: "title", class: "title" }, heading(said(report.summary)), badge(isGood ? "good" : "bad", report.verdict)),
    h("p", { key: "of", class: "hint" }, plain(report.site.join(", ")), `, ${began.format(parse(report.started))}, ${duration(report.seconds)}`),
    report.error && panel("Not committed", null, h("pre", { class: "notice bad" }, said(report.error))),
    findings(),
    report.machines.length > 0 && panel("Machines", null, tiles()),
    report.action && steps(report.action, chosen),
  ];
}

function findings() {
  const { findings: found } = findingsOf({ details: { messageList: report.findings } });
  return found.length > 0 && panel("Findings", null, findingList(found, "", null));
}

function tiles() {
  const racks = new Map();
  for (const each of report.machines.slice(0, MOST)) racks.set(rackOf(each), [...(racks.get(rackOf(each)) ?? []), each]);
  return h("div", { class: "racks", on: { keydown: gridKeys, focusin: followFocus } }, [...racks].map(([name, machines]) =>
    h("section", { key: `rack ${name}`, class: "rack", "aria-label": name ? `Rack ${name}` : "Machines" },
      h("h3", null, name ? plain(name) : "Without a rack", h("span", { class: "rack-count" }, ` ${machines.filter((each) => each.as_asked).length}/${machines.length} as asked`)),
      h("ul", { class: "tiles" }, machines.map((each) => tile(nodeOf(each), 0))))),
  report.machines.length > MOST && h("p", { class: "hint" }, `and ${count(report.machines.length - MOST, "machine")} more in report.json`));
}

const rackOf = ({ name }) => report.details[name]?.design?.rack ?? "";

/** What a tile shows. */
const nodeOf = ({ name, status, problem }) => ({
  ...report.details[name]?.node, hostname: name, status_name: status,
  problem: problem ? { action: "", message: problem } : null,
});

function steps(action, chosen) {
  const step = action.steps.find((each) => each.id === chosen) ?? action.steps.find((each) => each.state === "failed");
  const notes = [...(action.notes ?? []), ...action.steps.flatMap((each) => each.notes ?? [])]
    .sort((a, b) => (a.note_timestamp < b.note_timestamp ? -1 : 1));
  return panel("Steps", { class: "wide steps", aside: badge(lifecycleKind(action.action_lifecycle), action.action_lifecycle) },
    gantt(action, step?.id, () => null),
    step && h("div", { key: "step", class: step.state === "failed" ? "notice bad" : "notice" }, h("p", null, h("strong", null, plain(step.id)), " ",
      badge(stepKind(step.state), stepWord(step.state))), step.message && h("p", null, said(step.message))),
    notes.length > 0 && h("details", { key: "notes" }, h("summary", null, count(notes.length, "note")), h("ul", { class: "notes" }, notes.map((note) =>
      h("li", { key: note.note_id }, moment(note.note_timestamp), " ", h("strong", null, plain(note.subject === action.id ? note.sub_type : note.subject)), " ", said(note.note_val, null, 1000))))));
}

function one(machine) {
  const { node, design } = report.details[machine.name] ?? {};
  return [
    h("p", { class: "trail" }, h("a", { href: "#/" }, "Report"), " / ", plain(rackOf(machine) || "machine")),
    h("div", { class: "title" }, heading(plain(machine.name)), badge(machine.as_asked ? "good" : "bad", machine.status)),
    machine.problem && h("p", { class: "notice bad" }, said(machine.problem)),
    facts([["Faults", machine.faults.join(", ")], ["Image", design?.platform && `${design.platform.image}, kernel ${design.platform.kernel}`],
      ["Boot MAC", node?.boot_mac], ["Boot address", node?.boot_ip], ["BMC", node?.power_address]]),
    h("div", { class: "panels" },
      panel("Timeline", { class: "wide" }, machine.timeline.length ? [timelineChart(machine.timeline, null), timelineTable(machine.timeline)]
        : empty("Nothing was heard of this machine.")),
      design && [interfaces(design), storage(design, node?.hardware?.disks ?? null), bootActions(design, machine.timeline)],
      machine.operations.length > 0 && panel("What the installer did", { class: "wide" },
        h("ol", { class: "operations" }, machine.operations.map((each) => h("li", null, said(each)))))),
    around(machine),
  ];
}

/** The machines before and behind it. */
function around({ name }) {
  const at = report.machines.findIndex((each) => each.name === name);
  const link = (machine, text) => machine && h("li", null, h("a", { href: to("machines", machine.name) }, `${text}: `, plain(machine.name)));
  return report.machines.length > 1 && h("nav", { "aria-label": "Other machines" },
    h("ul", null, link(report.machines[at - 1], "Before"), link(report.machines[at + 1], "Next")));
}

const root = document.createElement("div");
root.id = "app";
document.body.append(root);
stopAt(parse(report.started) + report.seconds * 1000);
drawWith(() => paint(root));
window.addEventListener("hashchange", () => {
  paint(root);
  // A choice of a step stays where it is.
  if (route()[0] !== "actions") root.querySelector("h1").focus();
});
draw();
