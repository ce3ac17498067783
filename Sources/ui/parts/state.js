/**
 * States, each told by a word and a sign besides its colour.
 */

import { h } from "../core/tree.js";
import { plain } from "../core/text.js";

const SIGNS = { good: "✓", busy: "▸", wait: "◔", bad: "✕", off: "○", idle: "●", skip: "–" };

/** A state in a word. @param kind  good, busy, wait, bad, off, idle, skip */
export const badge = (kind, text, properties) =>
  h("span", { ...properties, class: `badge ${kind}` }, sign(kind), " ", plain(text));

export const sign = (kind) => h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind] ?? SIGNS.off);

const LIFECYCLES = {
  Complete: "good", Failed: "bad", Processing: "busy", Pending: "idle", Paused: "wait", None: "idle",
};

/** Of an action. */
export const lifecycleKind = (lifecycle) => LIFECYCLES[lifecycle] ?? (/fail|error|abort/i.test(lifecycle ?? "") ? "bad" : "idle");

const STEPS = {
  success: "good", failed: "bad", upstream_failed: "bad", running: "busy", queued: "idle", scheduled: "idle",
  up_for_retry: "wait", skipped: "skip",
};

const STEP_WORDS = { upstream_failed: "not begun: a step before it failed", up_for_retry: "will be tried again" };

/** Of a step. */
export const stepKind = (state) => STEPS[state] ?? "off";
export const stepWord = (state) => STEP_WORDS[state] ?? state ?? "not begun";
