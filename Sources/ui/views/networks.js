/**
 * Networks of the committed design: their ranges, and who has which address.
 */

import { get } from "../core/api.js";
import { moment } from "../core/clock.js";
import { Resource } from "../core/resource.js";
import { to } from "../core/router.js";
import { may } from "../core/session.js";
import { count, data, naturally, plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import * as site from "../model/site.js";
import { addressNumber, isWithin, sizeOf } from "../model/addresses.js";
import { content, empty, facts, heading, panel, table } from "../parts/panel.js";

/** How many addresses of a network are listed at once. */
const MOST = 500;

/** No event tells of a lease: they are asked for again after so many seconds. */
const LOOK = 15;

export function networks() {
  const all = new Resource(readAll);
  const dhcp = new Resource((signal) => may("boatyard:show_netboot") ? get("netboot/dhcp", { signal }) : null);
  const leases = new Resource((signal) => may("boatyard:show_netboot") ? get("netboot/leases", { signal }) : null);
  const refresh = () => {
    site.nodes.refresh();
    all.refresh();
    dhcp.refresh();
    leases.refresh();
  };
  let second = 0;
  refresh();
  return {
    title: "Networks",
    refresh,
    hear(event) {
      site.hear(event);
      if (["configdocs", "gap"].includes(event.type)) all.refresh();
    },
    ticks() {
      second += 1;
      if (second % LOOK === 0) leases.refresh();
      return false;
    },
    close() {
      all.close();
      dhcp.close();
      leases.close();
    },
    draw: () => [heading("Networks"), dhcp.value && service(dhcp.value), content(all, "the networks", (value) => value
      ? value.networks.map(({ metadata: { name }, data }) => one(name, data, value.addresses.get(name) ?? [], of(leases, name)))
      : empty(isAllowed() ? "Nothing is committed: there are no networks yet." : "The policy does not let you see the networks.")), elsewhere(of(leases, null))],
  };
}

const isAllowed = () => may("deckhand:list_revisions") && may("deckhand:list_cleartext_documents");

async function readAll(signal) {
  if (!isAllowed()) return null;
  const revisions = (await get("revisions?tag=committed", { signal })).results;
  const revision = Math.max(0, ...revisions.map((each) => each.id));
  if (!revision) return null;
  const read = (schema) => get(`revisions/${revision}/rendered-documents?schema=${schema}&cleartext-secrets=false`, { signal });
  const [found, nodes] = await Promise.all([read("drydock/Network/v1"), read("drydock/BaremetalNode/v1")]);
  const addresses = new Map();
  for (const node of nodes) {
    for (const { network, address } of node.data?.addressing ?? []) {
      if (!addresses.has(network)) addresses.set(network, []);
      addresses.get(network).push({ node: node.metadata.name, address });
    }
  }
  return { networks: found.sort((a, b) => naturally(a.metadata.name, b.metadata.name)), addresses };
}

/** The leases of a network by its name; with null those of no network that the documents have. */
const of = (leases, name) => (leases.value ?? []).filter((each) => each.network === name);

function service({ state, mode, interface: name, message, machines, remarks }) {
  return panel("DHCP and TFTP", null, facts([["State", state], ["Mode", mode], ["Interface", name ?? "none is named"], ["Machines", machines]]),
    message && h("p", null, said(message)), (remarks ?? []).map((each) => h("p", { class: "notice wait" }, said(typeof each === "string" ? each : each.message ?? JSON.stringify(each)))));
}

function one(name, network, fixed, leases) {
  const ranges = (network.ranges ?? []).map((range) => ({ ...range, count: sizeOf(range) }));
  const used = inUse(ranges, fixed, leases);
  return panel(name, { key: name }, facts([["Network", network.cidr], ["VLAN", network.vlan], ["MTU", network.mtu], ["Domain", network.dns?.domain], ["Name servers", network.dns?.servers]]),
    ranges.length > 0 && picture(network.cidr, ranges, used),
    ranges.length > 0 && table(`Ranges of ${name}`, ["Range", "From", "To", ["Addresses", "number"], ["Used", "number"]], ranges.map((range) => h("tr", null, h("td", null, h("i", { class: `swatch range-${range.type}` }), plain(range.type)),
      h("td", { class: "data" }, plain(range.start)), h("td", { class: "data" }, plain(range.end)), h("td", { class: "number" }, range.count?.toLocaleString("en") ?? ""),
      h("td", { class: "number" }, String(used.filter((each) => isWithin(range, each.address)).length))))),
    (network.routes ?? []).length > 0 && h("p", { class: "hint" }, "Routes: ", plain(network.routes.map((route) => `${route.subnet} by ${route.gateway}`).join(", "))),
    used.length > 0 && h("details", null, h("summary", null, count(used.length, "address", "addresses")), table(`Addresses in ${name}`, ["Address", "Machine", ""],
      used.sort((a, b) => (addressNumber(a.address) ?? 0) - (addressNumber(b.address) ?? 0)).slice(0, MOST).map((each) => h("tr", null, h("td", { class: "data" }, plain(each.address)),
        h("td", null, machine(each.node)), h("td", { class: "hint" }, each.how))))),
    leases.length > 0 && h("details", { set: { open: true } }, h("summary", null, count(leases.length, "lease")), leased(`Leases in ${name}`, leases)));
}

/** Addresses with whoever has them, each once: by the documents, by a lease, or where the machine has booted by another server's. */
function inUse(ranges, fixed, leases) {
  const used = new Map(fixed.map((each) => [each.address, { ...each, how: "as designed" }]));
  const add = (address, node, how) => used.has(address) || used.set(address, { address, node, how });
  for (const each of leases) add(each.address, each.node, "leased");
  for (const { hostname, boot_ip: address } of site.nodes.value ?? []) {
    if (address && ranges.some((range) => range.type === "dhcp" && isWithin(range, address))) add(address, hostname, "leased while it boots");
  }
  return [...used.values()];
}

const machine = (name) => name ? h("a", { href: to("machines", name) }, plain(name)) : h("span", { class: "hint" }, "unknown");

/** A table of leases, in the order of their addresses. */
function leased(caption, leases) {
  return [table(caption, ["Address", "Machine", "Name", "MAC", "Since", "Until"], leases.slice(0, MOST).map((each) => h("tr", null, h("td", { class: "data" }, plain(each.address)),
    h("td", null, machine(each.node)), h("td", null, plain(each.hostname)), h("td", null, data(each.mac)),
    h("td", null, moment(each.since)), h("td", null, moment(each.until))))),
    leases.length > MOST && h("p", { class: "hint" }, `${leases.length - MOST} more: `, h("code", null, "boatyard get leases"))];
}

/** Leases of a network that the documents do not have, as after a commit that has taken it away. */
const elsewhere = (leases) => leases.length > 0 && panel("Leases in no network of the documents", null, leased("Leases in no network of the documents", leases));

/** The part of a network that its ranges span. */
function picture(cidr, ranges, used) {
  const ends = ranges.flatMap((range) => [addressNumber(range.start), addressNumber(range.end)]).filter((each) => each !== null);
  if (!ends.length) return null;
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const at = (address) => ((addressNumber(address) - first) / (last - first + 1)) * 100;
  return h("div", { class: "range-bar", role: "img", "aria-label": `Ranges of ${cidr}, ${count(used.length, "address", "addresses")} used` },
    ranges.map((range) => h("span", { class: `range range-${range.type}`, title: `${range.type}: ${range.start} to ${range.end}`, style: { left: `${at(range.start)}%`, width: `${at(range.end) - at(range.start) + 100 / (last - first + 1)}%` } })),
    used.filter((each) => addressNumber(each.address) >= first && addressNumber(each.address) <= last).slice(0, MOST).map((each) => h("i", { class: "in-use", style: { left: `${at(each.address)}%` } })));
}
