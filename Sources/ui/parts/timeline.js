/**
 * What happened to a machine, from power-on to its last signal: a bar for each boot, with the times that are usual at this site below.
 */

import { duration, moment, parse } from "../core/clock.js";
import { plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import { table } from "./panel.js";

/** What the colour of a segment says. */
const STAGES = {
  power: "firmware", dhcp: "firmware", tftp: "firmware", script: "firmware", download: "firmware", inventory: "installer", plan: "orders",
  operation: "installer", phase: "installer", signal: "system", failure: "failed", attempt: "orders", rescue: "orders", test: "installer",
  console: "orders",
};

/** How many boots are drawn. */
const MOST = 8;

const LEGEND = [
  ["firmware", "firmware and network boot"], ["installer", "installer"], ["system", "installed system"], ["orders", "waits for orders"], ["failed", "failed"],
];

/** Whether an event says that somebody wants the machine to boot: an attempt of a task, a test, a rescue. */
const isBeginning = (event) => event.kind === "attempt" || (event.step === "begun" && ["test", "rescue"].includes(event.kind));

/** Pieces of a timeline, one for each boot: an order to boot from the network begins one, and so does a pause of more than an hour. */
export function boots(events) {
  const found = [];
  let last = null;
  for (const event of events) {
    const isOrder = isBeginning(event) || (event.kind === "power" && event.step === "network-next");
    if (!last || event.seconds === null || (isOrder && !isBeginning(last))) found.push([]);
    found.at(-1).push(event);
    last = event;
  }
  return found;
}

/** @param waiting  what the machine has been at since its last event: `{seconds, usual_seconds, stalled}`, or null */
export function timelineChart(events, waiting) {
  const pieces = boots(events).slice(-MOST);
  const rows = pieces.map((piece, place) => row(piece, place === pieces.length - 1 ? waiting : null));
  const longest = Math.max(0.001, ...rows.flatMap((each) => [each.total, each.usual]));
  return h("figure", { class: "timeline" },
    h("ul", { class: "legend", "aria-hidden": "true" }, LEGEND.map(([stage, text]) => h("li", null, h("i", { class: `swatch ${stage}` }), text)),
      h("li", null, h("i", { class: "swatch usual" }), "usual at this site")),
    h("ol", { class: "attempts" }, rows.map((each, place) => attempt(each, longest, pieces.length > 1 ? `Boot ${place + 1} of ${pieces.length}` : "Boot"))));
}

function row(events, waiting) {
  const segments = events.slice(1).map((event) => ({
    seconds: event.seconds ?? 0, usual: event.usual_seconds, stage: event.step === "failed" ? "failed" : STAGES[event.kind] ?? "orders",
    name: event.message,
  }));
  if (waiting) segments.push({ seconds: waiting.seconds, usual: waiting.usual_seconds, stage: waiting.stalled ? "failed" : "now", name: "at this now" });
  const sum = (value) => segments.reduce((all, each) => all + value(each), 0);
  return { start: events[0].time, segments, total: sum((each) => each.seconds), usual: sum((each) => each.usual ?? (each.stage === "orders" ? each.seconds : 0)) };
}

function attempt({ start, segments, total, usual }, longest, label) {
  const sentence = `${label}: ${duration(total)}${usual ? `, usually ${duration(usual)}` : ""}`;
  return h("li", { class: "attempt" },
    h("p", { class: "attempt-head" }, label, ", from ", moment(start), h("span", { class: "data" }, ` · ${duration(total)}`), usual > 0 && h("span", { class: "hint" }, ` usually ${duration(usual)}`)),
    h("div", { class: "track", role: "img", "aria-label": sentence }, segments.map((each) => segment(each, each.seconds, longest, each.stage))),
    usual > 0 && h("div", { class: "track thin", "aria-hidden": "true" },
      segments.map((each) => segment(each, each.usual ?? (each.stage === "orders" ? each.seconds : 0), longest, "usual"))));
}

const segment = ({ name }, seconds, longest, stage) =>
  seconds > 0 && h("span", { class: `segment ${stage}`, title: `${name} (${duration(seconds)})`, style: { width: `${(seconds / longest) * 100}%` } });

/** The same as a table, the latest first. */
export function timelineTable(events) {
  return table("Events of the machine, the latest first", ["Time", "What", ["Took", "number"], ["Usually", "number"], ""], [...events].reverse().map((event) => {
    const isSlow = event.usual_seconds !== null && event.seconds > Math.max(event.usual_seconds * 3, event.usual_seconds + 5);
    return h("tr", { key: event.id, memo: event.id, class: event.kind === "failure" || event.step === "failed" ? "failed" : null },
      h("td", null, moment(parse(event.time))), h("td", null, h("span", { class: "event-kind" }, plain(event.kind), " "), said(event.message)),
      h("td", { class: "number" }, event.seconds === null ? "" : `+${duration(event.seconds)}`),
      h("td", { class: "number" }, event.usual_seconds === null ? "" : duration(event.usual_seconds)),
      h("td", null, isSlow && h("span", { class: "badge wait" }, "slow")));
  }));
}
