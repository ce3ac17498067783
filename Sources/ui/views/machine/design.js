/**
 * The effective design of a machine: what the committed documents, layered and compiled, ask for.
 */

import { get, part } from "../../core/api.js";
import { Resource } from "../../core/resource.js";
import { to } from "../../core/router.js";
import { data } from "../../core/text.js";
import { h } from "../../core/tree.js";
import * as site from "../../model/site.js";
import { bootActions, interfaces, storage } from "../../parts/design.js";
import { content, empty, facts, panel } from "../../parts/panel.js";

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
