/**
 * What the machine says of its hardware, against what the design asks for.
 */

import { get, part } from "../../core/api.js";
import { moment } from "../../core/clock.js";
import { Resource } from "../../core/resource.js";
import { may } from "../../core/session.js";
import { plain, said, size } from "../../core/text.js";
import { h } from "../../core/tree.js";
import { found } from "../../parts/disks.js";
import { content, empty, panel, table } from "../../parts/panel.js";
import { badge } from "../../parts/state.js";
import { effectiveNode } from "./design.js";

export function hardware(name, node) {
  const effective = effectiveNode(name, node);
  const test = new Resource((signal) => get(`nodes/${part(name)}/test`, { signal }));
  const refresh = () => effective.refresh();
  // The newest test that was read, by its id and end.
  let read = null;
  const readTest = ({ test: newest }) => {
    const version = newest && `${newest.test ?? newest.id} ${newest.ended}`;
    if (!version || version === read || !may("physical_provisioner:read_build_data")) return;
    read = version;
    test.refresh();
  };
  return {
    refresh,
    hear: (event) => ["task", "configdocs", "gap"].includes(event.type) && refresh(),
    close() {
      effective.close();
      test.close();
    },
    draw: (value) => [
      readTest(value),
      value.hardware
        ? content(effective, "the design", (design) => [
          comparison(value, design), disks(value.hardware, design), cards(value.hardware, design, value.boot_mac)])
        : panel("Inventory", { class: "wide" }, empty("The machine has not sent an inventory. It does so when it boots the installer.")),
      tested(test),
    ],
  };
}

const mark = (isSame, text) => isSame ? badge("good", text ?? "as designed") : badge("bad", text ?? "differs");

function comparison({ hardware: inventory, boot_mac: mac, power_address: address }, design) {
  const rows = [
    ["Boot MAC", design?.boot.mac, mac], ["Firmware", design?.boot.mode, inventory.firmware], ["BMC address", design?.out_of_band?.address, inventory.bmc_address ?? address],
  ];
  const seen = [["CPUs", inventory.cpu_count], ["Memory", inventory.memory_mib && `${inventory.memory_mib} MiB`], ["Serial", inventory.serial], ["UUID", inventory.uuid],
    ["Vendor", inventory.vendor], ["Product", inventory.product]].filter(([, value]) => value);
  return panel("Machine", { class: "wide" }, table("Inventory against design", ["What", "Design", "Inventory", ""], [
    ...rows.map(([what, wanted, is]) => h("tr", null, h("th", { scope: "row" }, what), h("td", { class: "data" }, plain(wanted ?? "–")),
      h("td", { class: "data" }, plain(is ?? "–")), h("td", null, wanted && is && mark(same(wanted, is))))),
    ...seen.map(([what, is]) => h("tr", null, h("th", { scope: "row" }, what), h("td", null, "–"), h("td", { class: "data" }, plain(is)), h("td", null))),
  ]));
}

const same = (a, b) => String(a).toLowerCase() === String(b).toLowerCase();

function disks(inventory, design) {
  const wanted = design?.storage.devices ?? [];
  const used = new Map(wanted.map((device) => [found(device, inventory.disks), device]));
  return panel("Disks", { class: "wide" }, table("Disks", ["Disk", ["Size", "number"], "Address", "Model", "Serial", "Design"], [
    ...inventory.disks.map((disk) => h("tr", null, h("td", null, plain(disk.name, { class: "data" })), h("td", { class: "number" }, size(disk.size)),
      h("td", { class: "data" }, plain(disk.address ?? "")), h("td", null, plain(disk.model ?? "")), h("td", { class: "data" }, plain(disk.serial ?? "")),
      h("td", null, used.has(disk) ? mark(true, used.get(disk).name) : badge("off", "not used")))),
    ...wanted.filter((device) => !found(device, inventory.disks)).map((device) => h("tr", null, h("td", null, "–"), h("td", null), h("td", { class: "data" },
      plain(device.device?.address ?? "")), h("td", null), h("td", null), h("td", null, mark(false, `${device.name} is not there`)))),
  ]));
}

function cards(inventory, design, mac) {
  const wanted = (design?.interfaces ?? []).flatMap((each) => each.slaves.map((slave) => ({ ...slave, of: each.name })));
  const of = (card) => wanted.find((slave) => slave.device?.address && same(slave.device.address, card.address));
  return panel("Interfaces", { class: "wide" }, table("Interfaces", ["Card", "MAC", "Address", "Link", "Design"], [
    ...inventory.interfaces.map((card) => {
      const slave = of(card);
      return h("tr", null, h("td", null, plain(card.name, { class: "data" })), h("td", { class: "data" }, plain(card.mac), same(card.mac, mac) && h("span", { class: "hint" }, " boots")),
        h("td", { class: "data" }, plain(card.address ?? "")), h("td", null, card.link === null ? "–" : plain(card.link)),
        h("td", null, slave ? mark(true, `${slave.name} of ${slave.of}`) : badge("off", "not used")));
    }),
    ...wanted.filter((slave) => slave.device?.address && !inventory.interfaces.some((card) => of(card) === slave)).map((slave) => h("tr", null, h("td", null, "–"), h("td", null),
      h("td", { class: "data" }, plain(slave.device.address)), h("td", null), h("td", null, mark(false, `${slave.name} of ${slave.of} is not there`)))),
  ]));
}

const RESULTS = { passed: "good", failed: "bad", warning: "wait", "not checked": "skip" };

function tested(test) {
  if (!test.value) return null;
  const { since, ended, outcome, findings, mode, reason } = test.value;
  return panel("Test of the hardware", { class: "wide", aside: h("span", null, ended ? badge(outcome === "passed" ? "good" : "bad", outcome) : badge("busy", "under way"), " ", plain(mode), ", ", moment(ended ?? since)) },
    reason && said(reason),
    table("Findings of the test", ["Check", "Of", "Result", "Seen", "Expected", "Remedy"], findings.map((each) => h("tr", null, h("td", null, plain(each.check)),
      h("td", null, plain(each.subject)), h("td", null, badge(RESULTS[each.result] ?? "bad", each.result)), h("td", null, said(each.seen ?? "")),
      h("td", null, said(each.expected ?? "")), h("td", null, said(each.remedy ?? ""))))));
}
