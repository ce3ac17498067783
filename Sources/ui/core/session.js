/**
 * Who is logged in, and what they may do. The token itself is in a cookie that no script can read.
 */

import { hears, request, useToken } from "./api.js";
import { channel as channelTo } from "./shared.js";

/** Null where nobody is logged in. @type {{user: string, project: string|null, permissions: object}|null} */
let current = null;
const listeners = new Set();

/** Tells other tabs that somebody has logged in or out. */
const channel = channelTo("boatyard-session");
if (channel) channel.onmessage = () => resume();

hears.unauthorized = () => become(null);

export const session = () => current;

/** Whether the daemon asks nobody who they are: there is no logging out then. */
export const isOpen = () => current !== null && !current.expires_at;

/** Whether the policy lets the caller do this, by the name of its rule: `workflow_orchestrator:list_actions`. */
export const may = (rule) => current?.permissions?.[rule] === true;

/** Calls at every login and logout: `(now, before, isWanted)`, the last one where the user has logged out. */
export const whenChanged = (listener) => listeners.add(listener);

function become(next, isWanted = false) {
  const was = current;
  current = next;
  useToken(next?.csrf ?? null);
  if (was !== next) for (const listener of listeners) listener(next, was, isWanted);
}

/** Takes up the session of the cookie, if there is one that is still valid. @throws {RequestError} where the daemon is away */
export async function resume() {
  const answer = await request("GET", "session", { passes: [401] });
  become(answer.status === 200 ? await answer.json() : null);
}

/** @throws {RequestError} */
export async function login(user, password) {
  const answer = await request("POST", "session", {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user, password }),
  });
  const next = await answer.json();
  // Without its cookie no further request is let in.
  const check = await request("GET", "session", { passes: [401] });
  if (check.status !== 200) throw new Error("This browser does not keep the cookie of the session. Let it keep cookies of this address.");
  become(next);
  channel?.postMessage("login");
}

export async function logout() {
  const { csrf } = current;
  // First the page stops asking: what it asks afterwards would be refused.
  become(null, true);
  await request("DELETE", "session", { headers: { "X-CSRF-Token": csrf }, passes: [401, 403] });
  channel?.postMessage("logout");
}
