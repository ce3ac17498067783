/**
 * Disks, partitions and volume groups of a design, as a picture to scale where sizes are known.
 */

import { plain } from "../core/text.js";
import { size } from "../core/text.js";
import { h } from "../core/tree.js";

const UNITS = { m: 1e6, g: 1e9, t: 1e12 };

/**
 * Bytes of `30g`, `>20g` or `20%`; null where it cannot be told.
 *
 * @param whole  bytes of the disk or group, for percentages
 */
function bytes(text, whole) {
  const [, number, unit] = /^>?(\d+(?:\.\d+)?)([mgt%])/i.exec(String(text)) ?? [];
  if (!number) return null;
  if (unit === "%") return whole ? (whole * Number(number)) / 100 : null;
  return Number(number) * UNITS[unit.toLowerCase()];
}

/** @param storage  of an effective node @param disks  of its newest inventory, or null */
export function diskPicture(storage, disks) {
  const groups = new Map(storage.volume_groups.map((group) => [group.name, { group, members: [], size: 0, isKnown: true }]));
  const bars = storage.devices.map((device) => disk(device, found(device, disks), groups));
  return h("div", { class: "disks" }, bars, [...groups.values()].map((each) => volumeGroup(each)),
    (storage.raid ?? []).map((array) => h("p", null, "Array ", plain(array.name), ": ", plain(JSON.stringify(array)))));
}

/** The disk of an inventory that a design means by its address. */
export function found(device, disks) {
  const wanted = (device.device?.address ?? "").replaceAll(/[:.]/g, ":");
  return disks?.find((each) => (each.address ?? "").replaceAll(/[:.]/g, ":") === wanted && wanted) ?? null;
}

function disk(device, real, groups) {
  const whole = real?.size ?? null;
  const parts = device.partitions.map((each) => ({ ...each, bytes: bytes(each.size, whole), grows: String(each.size).startsWith(">") }));
  if (device.volume_group) parts.push({ name: `volume group ${device.volume_group}`, volume_group: device.volume_group, bytes: whole, grows: true });
  for (const each of parts) {
    const group = groups.get(each.volume_group);
    if (!group) continue;
    group.members.push(`${device.name}${device.volume_group ? "" : ` ${each.name}`}`);
    const room = each.grows && whole ? whole - sum(parts.filter((other) => other !== each)) : each.bytes;
    if (room) group.size += room;
    else group.isKnown = false;
  }
  const title = [h("strong", null, plain(device.name)), " ", real ? plain(real.name, { class: "data" }) : null,
    h("span", { class: "hint" }, real ? ` ${size(real.size)} ${real.model ?? ""} ` : " ", plain(`${device.device?.bus_type ?? ""} ${device.device?.address ?? ""}`))];
  return bar(title, parts, whole);
}

const sum = (parts) => parts.reduce((all, each) => all + (each.bytes ?? 0), 0);

function volumeGroup({ group, members, size: whole, isKnown }) {
  const parts = group.logical_volumes.map((each) => ({ ...each, bytes: bytes(each.size, isKnown ? whole : null), grows: String(each.size).startsWith(">") }));
  const title = [h("strong", null, "Volume group ", plain(group.name)), h("span", { class: "hint" },
    ` ${isKnown && whole ? size(whole) : ""} on `, plain(members.join(", ") || "nothing"))];
  return bar(title, parts, isKnown ? whole : null);
}

/** A bar with its parts: to scale, but with each part wide enough to be read. */
function bar(title, parts, whole) {
  const used = sum(parts);
  const free = whole && !parts.some((each) => each.grows) ? whole - used : 0;
  const grown = (each) => each.grows && whole ? Math.max(each.bytes ?? 0, whole - used + (each.bytes ?? 0)) : each.bytes;
  return h("section", { class: "disk" }, h("p", null, title), h("ol", { class: "disk-bar" },
    parts.map((each) => slice(each, grown(each) ?? (whole ? whole / (parts.length + 1) : 1))),
    free > 0 && h("li", { class: "slice free", style: { "flex-grow": weight(free) } }, h("span", null, `free ${size(free)}`)),
    !parts.length && h("li", { class: "slice free" }, "not used by the design")));
}

/** Large parts are wider, but not so much that a small one cannot be seen. */
const weight = (number) => Math.sqrt(Number(number) || 1) / 1000;

function slice(each, bytesShown) {
  const system = each.filesystem;
  return h("li", { class: `slice ${each.volume_group ? "member" : ""} ${each.bootable ? "bootable" : ""}`, style: { "flex-grow": weight(bytesShown) } },
    h("strong", null, plain(system?.mountpoint ?? each.name)), h("span", null, system && [plain(each.name), " "], each.size && plain(each.size, { class: "data" })),
    h("span", { class: "hint" }, plain([system?.fstype, each.volume_group && !each.name.startsWith("volume group") && `in ${each.volume_group}`, each.bootable && "boot"].filter(Boolean).join(", "))));
}
