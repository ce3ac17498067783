/**
 * The actions of the site, the newest first.
 */

import { get } from "../core/api.js";
import { duration, moment, parse, now } from "../core/clock.js";
import { draw } from "../core/drawing.js";
import { Resource } from "../core/resource.js";
import { to } from "../core/router.js";
import { plain } from "../core/text.js";
import { h } from "../core/tree.js";
import { content, empty, heading, table } from "../parts/panel.js";
import { badge, lifecycleKind, stepKind } from "../parts/state.js";

const PAGE = 50;

export function actions() {
  let limit = PAGE;
  const all = new Resource((signal) => get(`actions?limit=${limit}`, { signal }));
  all.refresh();
  return {
    title: "Actions",
    refresh: () => all.refresh(),
    hear: (event) => ["action", "step", "gap"].includes(event.type) && all.refresh(),
    ticks: () => all.value?.some(isUnderWay) ?? false,
    close: () => all.close(),
    draw: () => [heading("Actions"), content(all, "the actions", (list) => list.length
      ? h("section", { class: "panel" }, table("Actions, the newest first", ["Action", "State", "Steps", "Began", "Took", "By"], [...list].reverse().map(row)),
        list.length >= limit && h("p", null, h("button", { type: "button", on: { click: () => { limit += 200; all.refresh(); draw(); } } }, "Show more")))
      : empty("Nothing was done yet. Deploy the committed documents: ", h("code", null, "boatyard create action deploy_site"), "."))],
  };
}

const isUnderWay = (action) => ["Processing", "Pending", "Paused"].includes(action.action_lifecycle);

function row(action) {
  const ends = action.steps.map((step) => parse(step.end_date)).filter(Boolean);
  const end = isUnderWay(action) ? now() : ends.length ? Math.max(...ends) : null;
  return h("tr", { key: action.id }, h("td", null, h("a", { href: to("actions", action.id) }, plain(action.name)), h("div", { class: "data hint" }, plain(action.id))),
    h("td", null, badge(lifecycleKind(action.action_lifecycle), action.action_lifecycle)), h("td", null, steps(action.steps)),
    h("td", null, moment(action.datetime)), h("td", { class: "number" }, end && duration((end - parse(action.datetime)) / 1000)), h("td", null, plain(action.user)));
}

/** A mark for each step. */
function steps(all) {
  const failed = all.filter((step) => stepKind(step.state) === "bad").length;
  const done = all.filter((step) => ["good", "skip"].includes(stepKind(step.state))).length;
  return h("span", { class: "step-marks", role: "img", "aria-label": `${done} of ${all.length} steps done${failed ? `, ${failed} failed` : ""}` },
    all.map((step) => h("i", { class: stepKind(step.state), title: `${step.id}: ${step.state ?? "not begun"}` })));
}
