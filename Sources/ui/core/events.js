/**
 * What happens at the site, as it happens: one connection for all tabs of this browser, which has only a few for each server.
 *
 * The tab that holds the lock reads the stream and tells the others. When it is closed, the next one goes on behind the last event that
 * it has heard of. Browsers without locks have a connection for each tab.
 */

import { request } from "./api.js";
import { channel as channelTo } from "./shared.js";
import { readEvents } from "./stream.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** `connecting`, `live`, `away` (the daemon does not answer), `forbidden` (the policy lets the caller see no events), `ended`. */
let state = "ended";
let last = null;
let stop = null;
const listeners = new Set();
const stateListeners = new Set();
const channel = channelTo("boatyard-events");

export const streamState = () => state;

/** Calls for each event: `{type, data}`; and with the type `gap` where events were missed. */
export const whenEvent = (listener) => listeners.add(listener);

/** Calls when the state of the connection has changed. */
export const whenStreamState = (listener) => stateListeners.add(listener);

if (channel) {
  channel.onmessage = ({ data }) => {
    if (!stop) return;
    if (data.kind === "events") data.events.forEach(deliver);
    else if (data.kind === "state") become(data.state);
    else if (data.kind === "ask" && stop.leads) tell({ kind: "state", state });
  };
}

const tell = (message) => channel?.postMessage(message);

/** In milliseconds: how long events are gathered for the other tabs. While much happens a message for each costs more than its drawing. */
const GATHERING = 100;
let gathered = [];

function pass(event) {
  if (!channel) return;
  gathered.push(event);
  if (gathered.length > 1) return;
  setTimeout(() => {
    tell({ kind: "events", events: gathered });
    gathered = [];
  }, GATHERING);
}

/** Begins to listen. */
export function listen() {
  if (stop) return;
  const abort = new AbortController();
  stop = { abort, leads: false };
  const mine = stop;
  become("connecting");
  const lead = async () => {
    mine.leads = true;
    await follow(abort.signal);
  };
  if (navigator.locks && channel) {
    navigator.locks.request("boatyard-events", { signal: abort.signal }, lead).catch(() => {
      // Where locks are refused this tab has a connection of its own.
      if (!abort.signal.aborted && !mine.leads) lead();
    });
    tell({ kind: "ask" });
  } else {
    lead();
  }
}

/** Ends it, at a logout. */
export function silence() {
  stop?.abort.abort();
  stop = null;
  become("ended");
}

async function follow(signal) {
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const answer = await request("GET", "api/v1.0/events", { headers, signal });
      share("live");
      pause = FIRST_PAUSE;
      await readEvents(answer, (event) => {
        if (event.id) last = event.id;
        const message = { id: event.id, type: event.type, data: read(event.data) };
        if (!event.data) return;
        pass(message);
        deliver(message);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) return share("ended");
      if (error.isForbidden) return share("forbidden");
    }
    if (signal.aborted) return;
    share("away");
    await rest(pause * (0.75 + Math.random() / 2), signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener("online", end, { once: true });
    signal.addEventListener("abort", end, { once: true });
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function deliver(event) {
  if (event.id) last = event.id;
  for (const listener of listeners) listener(event);
}

function share(next) {
  become(next);
  tell({ kind: "state", state: next });
}

function become(next) {
  if (next === state) return;
  state = next;
  for (const listener of stateListeners) listener(next);
}
