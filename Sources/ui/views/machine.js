/**
 * One machine.
 */

import { get, order, part } from "../core/api.js";
import { Resource } from "../core/resource.js";
import { to } from "../core/router.js";
import { may } from "../core/session.js";
import { plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import { kind, waitsForHands } from "../model/machine-state.js";
import * as site from "../model/site.js";
import { Orders } from "../parts/ask.js";
import { content, failure, heading } from "../parts/panel.js";
import { badge } from "../parts/state.js";
import { tabs } from "../parts/tabs.js";
import { waitLine } from "../parts/wait.js";
import { bmc } from "./machine/bmc.js";
import { builddata } from "./machine/builddata.js";
import { consoleTail } from "./machine/console.js";
import { design } from "./machine/design.js";
import { hardware } from "./machine/hardware.js";
import { overview } from "./machine/overview.js";

/** Parts by their name in the address, with the rule that lets somebody see them. */
const PARTS = {
  overview: ["Timeline", overview, "physical_provisioner:read_data"],
  design: ["Design", design, "physical_provisioner:read_data"],
  hardware: ["Hardware", hardware, "physical_provisioner:read_data"],
  bmc: ["BMC", bmc, "physical_provisioner:read_data"],
  console: ["Console", consoleTail, "boatyard:read_console"],
  builddata: ["Build data", builddata, "physical_provisioner:read_build_data"],
};

export function machine([name, chosen = "overview"]) {
  const node = new Resource((signal) => get(`nodes/${part(name)}`, { signal }));
  const orders = new Orders();
  const [, open, rule] = PARTS[chosen] ?? PARTS.overview;
  const shown = may(rule) ? open(name, node) : null;
  const refresh = () => {
    node.refresh();
    site.nodes.refresh();
    shown?.refresh();
  };
  refresh();
  return {
    title: name,
    refresh,
    hear(event) {
      site.hear(event);
      if (["task", "action", "configdocs", "gap"].includes(event.type)) node.refresh();
      shown?.hear?.(event);
    },
    ticks: () => shown?.ticks?.() || Boolean(node.value?.waiting_for),
    close() {
      node.close();
      shown?.close?.();
    },
    draw: () => [
      h("p", { class: "trail" }, h("a", { href: to("site") }, "Site"), " / ", plain(site.node(name)?.rack ?? "machine")),
      title(name, node, orders),
      orders.draw(),
      tabs("Parts of the machine", ["machines", name], PARTS[chosen] ? chosen : "overview",
        Object.entries(PARTS).filter(([, [, , needed]]) => may(needed)).map(([key, [label]]) => [key, label])),
      node.error && !node.value ? failure(node.error, "the machine") : content(node, "the machine", (value) => [
        troubles(value),
        shown ? h("div", { key: chosen, class: "panels" }, shown.draw(value)) : failure({ isForbidden: true }, "this"),
      ]),
    ],
  };
}

function title(name, { value }, orders) {
  return h("div", { class: "title" }, heading(plain(name)), value && [
    badge(kind(value), value.status_name),
    h("span", { class: "hint" }, `power ${value.power_state ?? "unknown"}`),
    value.deployed_revision && h("span", { class: "hint" }, `revision ${value.deployed_revision}`,
      value.committed_revision && value.committed_revision !== value.deployed_revision && ` (committed: ${value.committed_revision})`),
    waitsForHands(value) && may("boatyard:acknowledge_node") && h("div", { class: "controls" },
      orders.button("It is done", { class: "primary" }, () => acknowledge(name, orders))),
  ]);
}

function acknowledge(name, orders) {
  orders.give(() => order("POST", `nodes/${part(name)}/ack`), (answer) => `Acknowledged: ${answer?.done ?? "it is done"}.`);
}

/** What keeps it from being as the documents ask. */
function troubles(node) {
  const drift = node.drift ?? [];
  return h("div", { key: "troubles", class: "troubles" },
    node.problem && h("div", { class: "notice bad" }, h("p", null, h("strong", null, `${node.problem.action} failed. `), said(node.problem.message))),
    node.unattended && h("div", { class: "notice wait" }, h("p", null, "No task deals with it any more: ", said(node.unattended), ".")),
    node.waiting_for && h("div", { class: "notice" }, waitLine(node.waiting_for),
      waitsForHands(node) && h("p", null, "This machine has no BMC. Do it by hand, and then say that it is done.")),
    drift.map((each) => h("p", { class: "notice wait" }, plain(node.hostname), " ", said(each.message), ".")),
    [...(node.conflicts ?? []), ...(node.alarms ?? [])].map((each) => h("p", { class: "notice bad" }, said(each.message))),
    node.rescue && h("p", { class: "notice wait" }, "It is booted into its rescue. ", h("code", null, `boatyard rescue ${node.hostname} --end`), " ends that."));
}
