/**
 * The machines of the site, shared by all views: read once, and again when something has happened.
 */

import { get } from "../core/api.js";
import { Resource } from "../core/resource.js";
import { may } from "../core/session.js";
import { naturally } from "../core/text.js";

/** In milliseconds: how long the page waits between two looks at all machines, and how much longer for each of very many. */
const [SHORTEST, EACH] = [400, 1];

/** Nodes of the design and machines that were deployed, as `GET nodes?designed=true` tells them, in the order in which people count. */
export const nodes = new Resource(readNodes, { pause: SHORTEST });

async function readNodes(signal) {
  const found = (await get("nodes?designed=true", { signal })).sort((a, b) => naturally(a.hostname, b.hostname));
  nodes.pause = Math.max(SHORTEST, found.length * EACH);
  return found;
}

/** Machines that no document names. */
export const unknown = new Resource((signal) => get("nodes?unknown=true", { signal }), { pause: 5000 });

/** Those that the documents name, or that were installed as they did once. Machines that no document names are told apart. */
export function named() {
  const others = new Set((unknown.value ?? []).map((each) => each.boot_mac));
  return (nodes.value ?? []).filter((each) => each.designed !== false || !others.has(each.boot_mac));
}

/** The revision that is committed; null where none is, or no node is known. */
export const committed = () => nodes.value?.find((node) => node.committed_revision)?.committed_revision ?? null;

export const node = (name) => nodes.value?.find((each) => each.hostname === name) ?? null;

/** Reads again what an event may have changed. */
export function hear(event) {
  if (["task", "action", "configdocs", "gap"].includes(event.type)) refresh();
}

export function refresh() {
  nodes.refresh();
  if (may("physical_provisioner:read_data")) unknown.refresh();
}

/** Nodes by the name of their rack, which are in the order in which people count; nodes without a rack are in the last one, `""`. */
export function byRack(shown) {
  const found = new Map();
  for (const each of shown) {
    const rack = each.rack ?? "";
    if (!found.has(rack)) found.set(rack, []);
    found.get(rack).push(each);
  }
  return [...found].sort(([a], [b]) => (a === "") - (b === "") || naturally(a, b));
}

/** Forgets everything, when somebody has logged out. */
export function forget() {
  for (const each of [nodes, unknown]) each.forget();
}
