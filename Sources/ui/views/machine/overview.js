/**
 * What happened to a machine, against the times that are usual at this site.
 */

import { get, part } from "../../core/api.js";
import { duration } from "../../core/clock.js";
import { draw } from "../../core/drawing.js";
import { Resource } from "../../core/resource.js";
import { data } from "../../core/text.js";
import { h } from "../../core/tree.js";
import { content, empty, facts, panel } from "../../parts/panel.js";
import { timelineChart, timelineTable } from "../../parts/timeline.js";

/** Seconds between two looks at a timeline: of a machine that is at something, and of one that is not. */
const SOON = 1;
const LATER = 15;

export function overview(name) {
  const events = [];
  let waiting = null;
  let second = 0;
  let isAll = false;
  /** What came since the last look; the daemon tells at most 500 events at a time. */
  const timeline = new Resource(async (signal) => {
    let answer;
    do {
      const after = events.at(-1)?.id ?? 0;
      answer = await get(`nodes/${part(name)}/timeline?after=${after}`, { signal });
      events.push(...answer.events);
    } while (answer.events.length >= 500);
    ({ waiting } = answer);
    return events;
  });
  return {
    refresh: () => timeline.refresh(),
    hear: (event) => ["task", "gap"].includes(event.type) && timeline.refresh(),
    ticks() {
      second += 1;
      if (second % (waiting ? SOON : LATER) === 0) timeline.refresh();
      return false;
    },
    close: () => timeline.close(),
    draw: (node) => [
      panel("Timeline", { class: "wide", aside: at(waiting) }, content(timeline, "the timeline", () => events.length
        ? [timelineChart(events, waiting), timelineTable(isAll ? events : events.slice(-40)),
          !isAll && events.length > 40 && h("button", { type: "button", on: { click: () => { isAll = true; draw(); } } }, `Show all ${events.length} events`)]
        : empty("Nothing has been heard of this machine. It tells its story once it is switched on and boots from the network."))),
      panel("In short", { class: "wide" }, facts([
        ["Boot MAC", data(node.boot_mac)], ["Boot address", data(node.boot_ip)], ["BMC", data(node.power_address)],
        ["Vendor", [node.hardware?.vendor, node.hardware?.product].filter(Boolean).join(" ") || "–"],
        ["Serial", data(node.hardware?.serial)], ["CPUs", node.cpu_count], ["Memory", node.memory && `${Math.round(node.memory / 1024)} GiB`],
        ["Firmware", node.hardware?.firmware],
      ])),
    ],
  };
}

function at(waiting) {
  if (!waiting) return null;
  const usual = waiting.usual_seconds === null ? "" : `, usually ${duration(waiting.usual_seconds)}`;
  return h("span", { class: waiting.stalled ? "badge bad" : "badge busy" }, `at this for ${duration(waiting.seconds)}${usual}`, waiting.stalled && ": it has stopped");
}
