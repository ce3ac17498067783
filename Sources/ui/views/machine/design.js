/**
 * The effective design of a machine: what the committed documents, layered and compiled, ask for.
 */

import { get, part } from "../../core/api.js";
import { Resource } from "../../core/resource.js";
import { to } from "../../core/router.js";
import { data, plain, said, size } from "../../core/text.js";
import { h } from "../../core/tree.js";
import * as site from "../../model/site.js";
import { diskPicture } from "../../parts/disks.js";
import { content, empty, facts, panel, table } from "../../parts/panel.js";

/** The effective node in the committed revision. */
export function effectiveNode(name, node) {
  return new Resource(async (signal) => {
    const revision = node.value?.committed_revision ?? site.committed() ?? (await get(`nodes/${part(name)}`, { signal })).committed_revision;
    return revision ? { ...(await get(`designs/${revision}/nodes/${part(name)}`, { signal })), revision } : null;
  });
}

export function design(name, node) {
  const effective = effectiveNode(name, node);
  const signals = new Resource((signal) => get(`nodes/${part(name)}/timeline`, { signal }));
  const refresh = () => {
    effective.refresh();
    signals.refresh();
  };
  return {
    refresh,
    hear: (event) => ["configdocs", "task", "gap"].includes(event.type) && refresh(),
    close() {
      effective.close();
      signals.close();
    },
    draw: (value) => content(effective, "the design", (each) => each
      ? [summary(each), interfaces(each), storage(each, value.hardware?.disks), bootActions(each, signals.value?.events ?? [])]
      : empty("No committed revision has this machine.")),
  };
}

function summary(node) {
  return panel("Platform", { class: "wide", aside: h("a", { href: to("documents", "rendered", String(node.revision)) }, `revision ${node.revision}`) }, facts([
    ["Name", node.fqdn ?? node.name], ["Rack", node.rack ?? "–"], ["Host profile", node.host_profile],
    ["Hardware profile", node.hardware_profile], ["Image", `${node.platform.image}, kernel ${node.platform.kernel}`],
    ["Kernel command line", data(node.platform.command_line?.trim())],
    ["Boot", data(`${node.boot.mode}, ${node.boot.mac ?? "MAC not known"}`)], ["Tags", node.tags.join(", ")],
    ["Labels", Object.entries(node.labels).map((pair) => pair.join("=")).join(", ")], ["Primary network", node.primary_network ?? "–"],
  ]));
}

function interfaces(node) {
  return panel("Interfaces", { class: "wide" }, table("Interfaces", ["Interface", "Cards", "Link", "Network", "Address", "VLAN", "MTU", "Gateway"],
    node.interfaces.flatMap((each) => (each.networks.length ? each.networks : [null]).map((network, place) => h("tr", null,
      h("td", null, place === 0 && [h("strong", null, plain(each.name)), !each.is_configured && h("span", { class: "hint" }, " not configured")]),
      h("td", null, place === 0 && each.slaves.map((slave) => h("div", null, plain(slave.name), " ", plain(slave.device?.address ?? "", { class: "data hint" })))),
      h("td", null, place === 0 && plain(each.bonding ? `bond, ${each.bonding.mode}` : each.link)),
      h("td", null, plain(network?.name ?? "–")), h("td", { class: "data" }, plain(network?.address ?? network?.type ?? "–")),
      h("td", null, plain(network?.vlan ?? "")), h("td", null, plain(network?.mtu ?? each.mtu ?? "")), h("td", { class: "data" }, plain(network?.gateway ?? "")))))));
}

function storage(node, disks) {
  return panel("Storage", { class: "wide" }, node.storage.devices.length ? diskPicture(node.storage, disks) : empty("The design names no disks."),
    !disks && h("p", { class: "hint" }, "Sizes of the disks are known once the machine has sent its inventory."));
}

function bootActions(node, events) {
  if (!node.boot_actions.length) return panel("Boot actions", { class: "wide" }, empty("The design has no boot actions for this machine."));
  return panel("Boot actions", { class: "wide" }, node.boot_actions.map((action) => {
    const signals = events.filter((event) => event.kind === "signal" && event.step === action.name);
    return h("details", { key: action.name, open: signals.some((each) => !/: success/.test(each.message)) },
      h("summary", null, h("strong", null, plain(action.name)), " ", reported(action, signals)),
      signals.length > 0 && h("ul", null, signals.map((each) => h("li", null, said(each.message)))),
      table(`Assets of ${action.name}`, ["Type", "Path", "Mode", "Source", ["Size", "number"], "SHA-256"], action.assets.map((asset) => h("tr", null,
        h("td", null, plain(asset.type)), h("td", { class: "data" }, plain(asset.path ?? "")), h("td", { class: "data" }, plain(asset.permissions ?? "")),
        h("td", { class: "data" }, plain(asset.location ?? (asset.packages ? Object.keys(asset.packages).join(", ") : "in the document"))),
        h("td", { class: "number" }, asset.size === null ? "" : size(asset.size)), h("td", { class: "data", title: asset.sha256 }, plain((asset.sha256 ?? "").slice(0, 12)))))));
  }));
}

function reported(action, signals) {
  if (!action.signaling) return h("span", { class: "hint" }, "does not report");
  const last = signals.at(-1);
  if (!last) return h("span", { class: "badge off" }, "○ has not reported");
  return /success/.test(last.message) ? h("span", { class: "badge good" }, "✓ reported success") : h("span", { class: "badge bad" }, "✕ reported failure");
}
