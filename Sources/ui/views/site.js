/**
 * The site: its machines by rack, filling as their boot goes on.
 */

import { draw } from "../core/drawing.js";
import { query, setQuery } from "../core/router.js";
import { count, plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import { hasDrift, kind } from "../model/machine-state.js";
import * as model from "../model/site.js";
import { followFocus, gridKeys, keepTabStop } from "../parts/grid-keys.js";
import { content, empty, heading, panel, table } from "../parts/panel.js";
import { sign } from "../parts/state.js";
import { tile } from "../parts/tile.js";

/** Filters by their name in the address. */
const FILTERS = {
  good: ["Deployed", (node) => kind(node) === "good"],
  busy: ["At work", (node) => kind(node) === "busy"],
  wait: ["Waiting", (node) => Boolean(node.waiting_for)],
  bad: ["Failed", (node) => kind(node) === "bad"],
  idle: ["Ready", (node) => kind(node) === "idle"],
  off: ["Not seen", (node) => kind(node) === "off"],
  drift: ["Drift", hasDrift],
};

/** Of so many machines and more, what is left of a wait is told less often: every so many seconds. */
const MANY = { machines: 200, seconds: 10 };

/**
 * In seconds: how long after a look at the machines there is another one, as no event tells of power that changes by itself. Of very many
 * it is later, so that many open pages do not keep the daemon busy.
 */
const rest = () => Math.max(30, Math.ceil((model.nodes.value?.length ?? 0) / 10));

export function site() {
  let second = 0;
  model.refresh();
  return {
    title: "Site",
    refresh: model.refresh,
    hear: model.hear,
    ticks() {
      second += 1;
      if (second % rest() === 0) model.refresh();
      return model.nodes.value?.some((node) => node.waiting_for) ?? false;
    },
    draw: () => [heading("Site"), content(model.nodes, "machines", () => machines(model.named(), second)), unnamed()],
  };
}

function machines(nodes, second) {
  if (!nodes.length) {
    return empty("No machine is known. Describe them and stage the documents: ", h("code", null, "boatyard init my-site"), ", ",
      h("code", null, "boatyard apply my-site"), ".");
  }
  const moment = nodes.length < MANY.machines ? second : Math.floor(second / MANY.seconds);
  const filter = FILTERS[query().get("show")] ? query().get("show") : "";
  const wanted = (query().get("find") ?? "").toLowerCase();
  const shown = nodes.filter((node) => (!filter || FILTERS[filter][1](node)) && matches(node, wanted));
  queueMicrotask(() => {
    const grid = document.querySelector(".racks");
    if (grid) keepTabStop(grid);
  });
  return h("div", { key: "machines" },
    h("div", { class: "tools" }, counts(nodes, filter), search(wanted)),
    h("p", { class: "unseen", role: "status" }, `${count(shown.length, "machine")} shown`),
    shown.length
      ? h("div", { class: "racks", on: { keydown: gridKeys, focusin: followFocus } }, model.byRack(shown).map((each) => rack(each, moment)))
      : empty("No machine is like this. ", h("button", { type: "button", class: "link", on: { click: showAll } }, "Show all")));
}

function showAll() {
  setQuery({ show: "", find: "" });
  draw();
}

function matches(node, wanted) {
  if (!wanted) return true;
  const texts = [node.hostname, node.rack, node.status_name, node.boot_mac, node.boot_ip, node.power_address, node.hardware?.serial];
  return wanted.split(/\s+/).every((word) => texts.some((text) => text?.toLowerCase().includes(word)));
}

function counts(nodes, filter) {
  const choose = (name) => () => {
    setQuery({ show: name === filter ? "" : name });
    draw();
  };
  const button = (name, label, number) => h("li", { key: name || "all" },
    h("button", { type: "button", class: `filter ${name}`, "aria-pressed": String(name === filter), on: { click: choose(name) } },
      name && name !== "drift" && sign(name), ` ${label} `, h("b", null, String(number))));
  return h("ul", { class: "filters", "aria-label": "Show only" }, button("", "All", nodes.length),
    Object.entries(FILTERS).map(([name, [label, test]]) => [name, label, nodes.filter(test).length])
      .filter(([name, , number]) => number || name === filter).map((each) => button(...each)));
}

function search(wanted) {
  return h("label", { class: "search" }, h("span", { class: "unseen" }, "Find machines"),
    h("input", {
      type: "search", placeholder: "name, rack, state, MAC, address, serial", set: { value: wanted },
      on: { input: (event) => { setQuery({ find: event.target.value }); draw(); } },
    }));
}

function rack([name, nodes], moment) {
  const id = `rack-${name || "none"}`;
  const kinds = nodes.map(kind);
  const good = kinds.filter((each) => each === "good").length;
  return h("section", { key: id, class: "rack", "aria-label": name ? `Rack ${name}` : "Machines" },
    h("h2", null, name ? plain(name) : "Without a rack", h("span", { class: "rack-count" }, ` ${good}/${nodes.length} deployed`)),
    h("ul", { class: "tiles" }, nodes.map((node) => tile(node, moment))));
}

/** Machines that no document names. */
function unnamed() {
  const found = model.unknown.value ?? [];
  if (!found.length) return null;
  return panel("Machines that no document names", null,
    table("Machines that no document names", ["MAC", "Serial", "Hardware", "Last message"], found.map((each) => h("tr", null,
      h("td", { class: "data" }, plain(each.boot_mac ?? each.mac)), h("td", null, plain(each.hardware?.serial ?? "")),
      h("td", null, plain([each.hardware?.vendor, each.hardware?.product].filter(Boolean).join(" "))),
      h("td", null, said(each.message ?? ""))))),
    h("p", { class: "hint" }, "Write documents for one: ", h("code", null, "boatyard adopt MAC"), "."));
}

