/**
 * What something waits for, and until when.
 */

import { clockText, duration, moment, now, parse } from "../core/clock.js";
import { plain, said } from "../core/text.js";
import { h } from "../core/tree.js";

/** @param wait  `{event, since, deadline, then}`, or null */
export function waitLine(wait) {
  if (!wait) return null;
  const deadline = parse(wait.deadline);
  const since = parse(wait.since);
  const share = deadline && since ? Math.min(1, Math.max(0, (now() - since) / (deadline - since))) : null;
  return h("div", { class: "wait" },
    h("p", null, "Waits for ", said(wait.event), since && [" since ", moment(since)], "."),
    deadline && h("p", null, "Until ", moment(deadline), ` (${left(deadline)}). `, wait.then && ["Then: ", said(wait.then), "."]),
    share !== null && h("progress", { max: 1, "aria-label": "How much of the time has passed", set: { value: share } }));
}

/** In a few words, for a tile. */
export function waitText(wait) {
  const deadline = parse(wait.deadline);
  return [deadline && `${left(deadline)} · `, plain(wait.event)];
}

function left(deadline) {
  const seconds = (deadline - now()) / 1000;
  return seconds > 0 ? `${duration(Math.ceil(seconds))} left` : `over since ${clockText(deadline)}`;
}
