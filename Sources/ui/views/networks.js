/**
 * Networks of the committed design: their ranges, and who has which address.
 */

import { get } from "../core/api.js";
import { Resource } from "../core/resource.js";
import { to } from "../core/router.js";
import { may } from "../core/session.js";
import { count, naturally, plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import * as site from "../model/site.js";
import { addressNumber, isWithin, sizeOf } from "../model/addresses.js";
import { content, empty, facts, heading, panel, table } from "../parts/panel.js";

/** How many addresses of a network are listed at once. */
const MOST = 500;

export function networks() {
  const all = new Resource(readAll);
  const dhcp = new Resource((signal) => may("boatyard:show_netboot") ? get("netboot/dhcp", { signal }) : null);
  const refresh = () => {
    site.nodes.refresh();
    all.refresh();
    dhcp.refresh();
  };
  refresh();
  return {
    title: "Networks",
    refresh,
    hear(event) {
      site.hear(event);
      if (["configdocs", "gap"].includes(event.type)) all.refresh();
    },
    close() {
      all.close();
      dhcp.close();
    },
    draw: () => [heading("Networks"), dhcp.value && service(dhcp.value), content(all, "the networks", (value) => value
      ? value.networks.map((network) => one(network, value.addresses.get(network.metadata.name) ?? []))
      : empty("Nothing is committed: there are no networks yet."))],
  };
}

async function readAll(signal) {
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

function service({ state, mode, interface: name, message, machines, remarks }) {
  return panel("DHCP and TFTP", null, facts([["State", state], ["Mode", mode], ["Interface", name ?? "none is named"], ["Machines", machines]]),
    message && h("p", null, said(message)), (remarks ?? []).map((each) => h("p", { class: "notice wait" }, said(typeof each === "string" ? each : each.message ?? JSON.stringify(each)))));
}

function one({ metadata: { name }, data }, fixed) {
  const ranges = (data.ranges ?? []).map((range) => ({ ...range, count: sizeOf(range) }));
  const leases = (site.nodes.value ?? []).filter((node) => node.boot_ip && ranges.some((range) => range.type === "dhcp" && isWithin(range, node.boot_ip)))
    .map((node) => ({ node: node.hostname, address: node.boot_ip, isLease: true }));
  const used = [...fixed, ...leases];
  return panel(name, { key: name }, facts([["Network", data.cidr], ["VLAN", data.vlan], ["MTU", data.mtu], ["Domain", data.dns?.domain], ["Name servers", data.dns?.servers]]),
    ranges.length > 0 && picture(data.cidr, ranges, used),
    ranges.length > 0 && table(`Ranges of ${name}`, ["Range", "From", "To", ["Addresses", "number"], ["Used", "number"]], ranges.map((range) => h("tr", null, h("td", null, h("i", { class: `swatch range-${range.type}` }), plain(range.type)),
      h("td", { class: "data" }, plain(range.start)), h("td", { class: "data" }, plain(range.end)), h("td", { class: "number" }, range.count?.toLocaleString("en") ?? ""),
      h("td", { class: "number" }, String(used.filter((each) => isWithin(range, each.address)).length))))),
    (data.routes ?? []).length > 0 && h("p", { class: "hint" }, "Routes: ", plain(data.routes.map((route) => `${route.subnet} by ${route.gateway}`).join(", "))),
    used.length > 0 && h("details", null, h("summary", null, count(used.length, "address", "addresses")), table(`Addresses in ${name}`, ["Address", "Machine", ""],
      used.sort((a, b) => (addressNumber(a.address) ?? 0) - (addressNumber(b.address) ?? 0)).slice(0, MOST).map((each) => h("tr", null, h("td", { class: "data" }, plain(each.address)),
        h("td", null, h("a", { href: to("machines", each.node) }, plain(each.node))), h("td", { class: "hint" }, each.isLease ? "leased while it boots" : "as designed"))))));
}

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
