/**
 * The effective design of a machine: interfaces, storage, boot actions.
 */

import { plain, said, size } from "../core/text.js";
import { h } from "../core/tree.js";
import { diskPicture } from "./disks.js";
import { empty, panel, table } from "./panel.js";

/** @param node  an effective node, as `GET designs/REVISION/nodes/NAME` tells it */
export function interfaces(node) {
  return panel("Interfaces", { class: "wide" }, table("Interfaces", ["Interface", "Cards", "Link", "Network", "Address", "VLAN", "MTU", "Gateway"],
    node.interfaces.flatMap((each) => (each.networks.length ? each.networks : [null]).map((network, place) => h("tr", null,
      h("td", null, place === 0 && [h("strong", null, plain(each.name)), !each.is_configured && h("span", { class: "hint" }, " not configured")]),
      h("td", null, place === 0 && each.slaves.map((slave) => h("div", null, plain(slave.name), " ", plain(slave.device?.address ?? "", { class: "data hint" })))),
      h("td", null, place === 0 && plain(each.bonding ? `bond, ${each.bonding.mode}` : each.link)),
      h("td", null, plain(network?.name ?? "–")), h("td", { class: "data" }, plain(network?.address ?? network?.type ?? "–")),
      h("td", null, plain(network?.vlan ?? "")), h("td", null, plain(network?.mtu ?? each.mtu ?? "")), h("td", { class: "data" }, plain(network?.gateway ?? "")))))));
}

/** @param disks  of its newest inventory, or null */
export function storage(node, disks) {
  return panel("Storage", { class: "wide" }, node.storage.devices.length ? diskPicture(node.storage, disks) : empty("The design names no disks."),
    !disks && h("p", { class: "hint" }, "Sizes of the disks are known once the machine has sent its inventory."));
}

/** @param events  of its timeline */
export function bootActions(node, events) {
  if (!node.boot_actions.length) return panel("Boot actions", { class: "wide" }, empty("The design has no boot actions for this machine."));
  return panel("Boot actions", { class: "wide" }, node.boot_actions.map((action) => {
    const signals = events.filter((event) => event.kind === "signal" && event.step === action.name);
    return h("details", { key: action.name, open: signals.some((each) => !/: success$/.test(each.message)) },
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
  // Before its status it may report as often as it likes.
  const last = signals.findLast((each) => /: (success|failure)$/.test(each.message));
  if (!last) return h("span", { class: "badge off" }, signals.length ? "◔ has not reported its status" : "○ has not reported");
  return last.message.endsWith(": success") ? h("span", { class: "badge good" }, "✓ reported success") : h("span", { class: "badge bad" }, "✕ reported failure");
}
