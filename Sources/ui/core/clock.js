/**
 * Times: the daemon's, whatever the clock of this computer says, shown in the zone of whoever reads.
 */

import { h } from "./tree.js";

/** In milliseconds: what the daemon's clock is ahead of this one. */
let offset = 0;
let isKnown = false;

const listeners = new Set();
let timer = null;

/** Takes the `Date` of an answer, which has whole seconds, and keeps what is known while the two agree. */
export function observe(date, sent, received = Date.now()) {
  const server = Date.parse(date ?? "");
  if (Number.isNaN(server)) return;
  const middle = server + 500 - (sent + received) / 2;
  if (!isKnown || Math.abs(middle - offset) > 1500 + (received - sent)) offset = middle;
  isKnown = true;
}

/** In milliseconds since 1970: when time ended for a report; null where it goes on. */
let end = null;

/** What is shown is over: now is this moment, in milliseconds since 1970. */
export function stopAt(time) {
  end = time;
}

/** Now, as the daemon has it, in milliseconds since 1970. */
export const now = () => end ?? Date.now() + offset;

/** In milliseconds: how wrong the clock of this computer is. */
export const skew = () => offset;

/** Calls every second, while the page can be seen. Returns what ends it. */
export function everySecond(listener) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (!document.hidden) for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearInterval(timer);
    timer = null;
  };
}

/** Reads `2026-12-02T16:54:44.1Z`, `2026-12-02 16:54:44+00:00` and, in UTC, `2026-12-02 16:54:44.1`; null where it is no time. */
export function parse(text) {
  if (!text) return null;
  const iso = String(text).replace(" ", "T").replace(/(\.\d{3})\d+/, "$1");
  const time = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(time) ? null : time;
}

const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const withYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const zone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** What `zoneName` has said in which minute: it is asked for with every drawing. */
let named = { minute: null, name: "" };

/** `Europe/Berlin (CET)`. */
export function zoneName() {
  const minute = Math.floor(now() / 60_000);
  if (named.minute !== minute) named = { minute, name: readZone() };
  return named.name;
}

function readZone() {
  const short = zone.formatToParts(now()).find((part) => part.type === "timeZoneName")?.value ?? "";
  const name = zone.resolvedOptions().timeZone;
  return short && short !== name ? `${name} (${short})` : name;
}

/** Time of day, with the day where it is not today. */
export function clockText(time) {
  const [date, today] = [new Date(time), new Date(now())];
  if (date.toDateString() === today.toDateString()) return clockTime.format(date);
  return `${(date.getFullYear() === today.getFullYear() ? day : withYear).format(date)}, ${clockTime.format(date)}`;
}

/** An element with a time of the daemon; a dash where there is none. */
export function moment(text, properties) {
  const time = typeof text === "number" ? text : parse(text);
  if (time === null) return h("span", { class: "none" }, "–");
  return h("time", { ...properties, datetime: new Date(time).toISOString(), title: full.format(time) }, clockText(time));
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`, of seconds. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (seconds < 0.1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(whole, 60, "min", 1, "s");
  if (whole < 86400) return joined(whole, 3600, "h", 60, "min");
  return joined(whole, 86400, "d", 3600, "h");
}

function joined(whole, large, largeUnit, small, smallUnit) {
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${largeUnit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}

/** `in 5 min`, `3 s ago`. */
export function relative(time) {
  const seconds = (time - now()) / 1000;
  return seconds > 0 ? `in ${duration(Math.ceil(seconds))}` : `${duration(Math.floor(-seconds))} ago`;
}
