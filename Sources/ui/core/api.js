/**
 * Requests to the daemon.
 */

import { observe } from "./clock.js";

/** Why a request had no success. `status` is null where the daemon could not be reached. */
export class RequestError extends Error {
  constructor(message, status, body) {
    super(message);
    this.status = status;
    this.body = body;
  }

  /** There is no such thing; nothing is wrong with the daemon. */
  get isAbsence() {
    return this.status === 404;
  }

  get isForbidden() {
    return this.status === 403;
  }

  get isAway() {
    return this.status === null;
  }
}

/** Listeners that hear of answers 401, and of whether the daemon could be reached. */
export const hears = { unauthorized: () => {}, reached: () => {}, away: () => {} };

let token = null;

/** The token that proves that a request which changes something comes from this page. */
export function useToken(text) {
  token = text;
}

/** One component of a path. */
export const part = (text) => encodeURIComponent(text);

const BASE = "api/v1.0/";

/** @returns {Promise<any>} what the API answers as JSON; null where it answers nothing. */
export async function get(path, options) {
  const answer = await request("GET", BASE + path, { headers: { Accept: "application/json" }, ...options });
  return answer.status === 204 ? null : answer.json();
}

/** @returns {Promise<string>} what the API answers as text. */
export const getText = async (path, options) => (await request("GET", BASE + path, options)).text();

/** Orders something. @returns {Promise<any>} the answer as JSON, null where there is none. */
export async function order(method, path, body) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await request(method, BASE + path, { headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return text;
  }
}

/**
 * Any request below `/ui/`.
 *
 * @param {{headers?: object, body?: string, signal?: AbortSignal, passes?: number[]}} options  `passes`: statuses that are no error.
 * @throws {RequestError}
 */
export async function request(method, path, { headers, passes = [], ...options } = {}) {
  const all = { ...headers };
  if (method !== "GET" && token) all["X-CSRF-Token"] = token;
  const sent = Date.now();
  let answer;
  try {
    answer = await fetch(path, { method, headers: all, cache: "no-store", credentials: "same-origin", redirect: "error", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    hears.away();
    throw new RequestError("The daemon does not answer.", null);
  }
  observe(answer.headers.get("Date"), sent);
  hears.reached();
  if (answer.ok || passes.includes(answer.status)) return answer;
  const text = await answer.text().catch(() => "");
  const error = new RequestError(messageOf(text, answer), answer.status, text);
  if (answer.status === 401 && path.startsWith(BASE)) hears.unauthorized();
  throw error;
}

/** The sentence of an error body of Shipyard, Deckhand, Drydock or Keystone. */
function messageOf(text, answer) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return text.trim().slice(0, 2000) || `The daemon answered ${answer.status} ${answer.statusText}.`;
  }
  const sentences = [body.message, body.reason, body.description, body.error?.message ?? body.error].filter(
    (each) => typeof each === "string" && each && each !== "Unspecified");
  return [...new Set(sentences)].join(": ") || `The daemon answered ${answer.status}.`;
}
