/**
 * The BMC of a machine: what is known of it, and on request what it says now.
 */

import { get, part } from "../../core/api.js";
import { moment } from "../../core/clock.js";
import { Resource } from "../../core/resource.js";
import { may } from "../../core/session.js";
import { data, plain, said } from "../../core/text.js";
import { h } from "../../core/tree.js";
import { content, empty, facts, panel, table } from "../../parts/panel.js";
import { badge } from "../../parts/state.js";

export function bmc(name) {
  const path = `nodes/${part(name)}/bmc`;
  const known = new Resource((signal) => get(path, { signal }));
  const ask = (what) => new Resource((signal) => get(`${path}/${what}`, { signal }));
  const live = may("boatyard:read_bmc") ? { info: ask("info"), sensors: ask("sensors"), sel: ask("sel") } : null;
  // Asking a BMC takes it seconds: it is asked once, and again when somebody wants that.
  let isAsked = false;
  const askAll = () => Object.values(live).forEach((each) => each.refresh());
  return {
    refresh() {
      known.refresh();
      if (live && !isAsked) askAll();
      isAsked = true;
    },
    close: () => [known, ...Object.values(live ?? {})].forEach((each) => each.close()),
    draw: () => [
      content(known, "what is known of the BMC", whatIsKnown),
      live && [
        panel("Device", { aside: h("button", { type: "button", on: { click: askAll } }, "Ask again") }, content(live.info, "the BMC", device)),
        panel("Sensors", null, content(live.sensors, "the sensors", sensors)),
        panel("Event log", { class: "wide" }, content(live.sel, "the event log", events)),
      ],
    ],
  };
}

function whatIsKnown({ type, bmc: address, known }) {
  return panel("What is known", { class: "wide" }, facts([
    ["Driver", type], ["Address", data(address ?? "–")], ["User", known?.user],
    ["Cipher suite", known?.cipher_suite], ["Privilege", known?.privilege], ["Latency", known?.latency_ms && `${known.latency_ms} ms`],
    ["Vendor and model", [known?.vendor, known?.model].filter(Boolean).join(" ")], ["Firmware", known?.firmware],
    ["Last answer", known?.answered_at && moment(known.answered_at)], ["Certificate", known?.certificate && data(known.certificate.fingerprint)],
  ]),
  known?.failure && h("p", { class: "notice bad" }, said(typeof known.failure === "string" ? known.failure : JSON.stringify(known.failure))),
  known?.refused_at && h("p", { class: "notice bad" }, "It refused the secret at ", moment(known.refused_at), ", which is not tried again until it changes."),
  known?.other_certificate && h("p", { class: "notice bad" }, "It has shown another certificate since ", moment(known.other_certificate.since), "."),
  !known && empty("It was not asked yet."),
  known?.quirks?.length > 0 && [h("h3", null, "Quirks"), h("ul", null, known.quirks.map((each) => h("li", null, h("strong", null, plain(each.name)), ": ", said(each.meaning))))],
  known?.dropped?.length > 0 && [h("h3", null, "Datagrams that were dropped"), h("ul", null, known.dropped.map((each) => h("li", null, said(each.reason), `: ${each.count}`)))]);
}

function missing(list) {
  return list?.length > 0 && h("p", { class: "hint" }, "Not told: ", said(list.map((each) => typeof each === "string" ? each : JSON.stringify(each)).join("; ")));
}

function device({ power, device: about, inventory, lan, missing: absent }) {
  return [facts([
    ["Power", power], ["Manufacturer", about?.manufacturer_name], ["Firmware", about?.firmware],
    ["Product", [inventory?.product?.manufacturer, inventory?.product?.name].filter(Boolean).join(" ")], ["Serial", data(inventory?.product?.serial)],
    ["MAC", data(lan?.mac)], ["Address", data(lan?.address)],
  ]), missing(absent)];
}

const STATUSES = { ok: "good", "non-critical": "wait", critical: "bad", "non-recoverable": "bad", read: "idle" };

function sensors({ sensors: all, missing: absent }) {
  if (!all.length) return empty("It has no sensors.");
  return [table("Sensors", ["Sensor", "Type", ["Value", "number"], "Status"], all.map((each) => h("tr", null, h("td", null, plain(each.name)),
    h("td", null, plain(each.type ?? "")), h("td", { class: "number" }, each.value === null ? "" : plain(`${each.value} ${each.unit ?? ""}`)),
    h("td", null, badge(STATUSES[each.status] ?? "off", each.status), " ", plain((each.states ?? []).join(", ")))))), missing(absent)];
}

function events({ entries, overflown, missing: absent }) {
  return [overflown && h("p", { class: "notice wait" }, "The log is full: events were lost."),
    entries.length ? table("Event log, the latest first", ["Time", "Sensor", "Event"], [...entries].reverse().slice(0, 500).map((each) => h("tr", null,
      h("td", null, moment(each.time)), h("td", null, plain(each.sensor_type ?? each.sensor ?? "")),
      h("td", null, said(each.event), each.asserted === false && " (over)", each.severity && [" ", plain(each.severity)])))) : empty("The event log is empty."), missing(absent)];
}
