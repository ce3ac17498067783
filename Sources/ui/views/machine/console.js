/**
 * What a machine writes to its serial console, as it writes it.
 *
 * A browser has six connections for each server, and a followed console holds one: a page that nobody sees lets it go, and windows side by
 * side leave some for everything else.
 */

import { get, part, request } from "../../core/api.js";
import { draw } from "../../core/drawing.js";
import { clockText, now, parse } from "../../core/clock.js";
import { Resource } from "../../core/resource.js";
import { place } from "../../core/shared.js";
import { h, island } from "../../core/tree.js";
import { empty, failure, panel } from "../../parts/panel.js";
import { Tail } from "../../parts/tail.js";

/** How many windows of a browser follow a console at once. */
const FOLLOWED = 3;

export function consoleTail(name) {
  const path = `nodes/${part(name)}/console`;
  const boots = new Resource(async (signal) => {
    try {
      return (await get(`${path}?list=true`, { signal })).boots;
    } catch (error) {
      if (error.isAbsence) return [];
      throw error;
    }
  });
  let boot = 0;
  let abort = null;
  let tail = null;
  let error = null;
  let isClosed = false;
  /** Since when what was read is shown, as other windows have all places; else null. */
  let isOld = null;
  /** Gives up the place among those of this browser; null without one. */
  let leave = null;

  async function follow() {
    if (!tail || abort || isClosed || document.hidden || boots.value?.length === 0) return;
    abort = new AbortController();
    const { signal } = abort;
    if (boot === 0 && !leave) {
      const release = await place("boatyard-console", FOLLOWED);
      // Meanwhile it may have been closed, hidden, or begun anew.
      if (signal.aborted) return release?.();
      leave = release;
    }
    if (boot !== 0 || leave || isOld === null) await read(signal);
    if (signal.aborted) return;
    end();
    draw();
  }

  /** Gives up the connection, and its place among those of this browser. */
  function end() {
    abort?.abort();
    abort = null;
    leave?.();
    leave = null;
  }

  async function read(signal) {
    tail.clear();
    isOld = boot !== 0 || leave ? null : now();
    draw();
    try {
      const how = boot === 0 && leave ? "?follow=true" : `?boot=${boot}`;
      const answer = await request("GET", `api/v1.0/${path}${how}`, { signal });
      error = null;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        // A NUL says that nothing is new.
        const text = value.replaceAll("\u0000", "");
        if (text && !signal.aborted) tail.append(text);
      }
    } catch (problem) {
      if (signal.aborted) return;
      error = problem.isAbsence || problem.status ? problem : null;
    }
  }

  function restart() {
    isOld = null;
    if (boot !== 0) end();
    abort?.abort();
    abort = null;
    follow();
  }

  const whenSeen = () => {
    if (!document.hidden) return follow();
    isOld = null;
    end();
  };
  document.addEventListener("visibilitychange", whenSeen);
  let second = 0;
  return {
    refresh() {
      boots.refresh();
      restart();
    },
    ticks() {
      second += 1;
      // A console that is kept no longer, or not yet, is looked for from time to time.
      if (second % 5 === 0 && boot === 0 && !abort) {
        boots.refresh();
        follow();
      }
      return false;
    },
    close() {
      isClosed = true;
      end();
      boots.close();
      document.removeEventListener("visibilitychange", whenSeen);
    },
    draw() {
      const all = boots.value ?? [];
      return panel("Console", { class: "wide", aside: all.length > 1 && chooser(all) },
        error && !error.isAbsence && failure(error, "the console"),
        isOld !== null && h("p", { key: "old", class: "notice", role: "status" },
          `${FOLLOWED} other windows of this browser follow consoles. This is how it was at ${clockText(isOld)}; it goes on here once one of them is closed or hidden.`),
        boots.value && !all.length
          ? empty("Nothing is kept. What a machine writes is read by serial over LAN while it is prepared, installed or erased.")
          : island("div", { class: "log console", tabindex: "0", role: "log", "aria-label": `Console of ${name}`, "aria-live": "off" }, name, (element) => {
            tail = new Tail(element);
            follow();
          }),
        h("p", { class: "hint" }, "Typing at it: ", h("code", null, `boatyard console ${name} --interactive`), "."));
    },
  };

  function chooser(all) {
    const change = (event) => {
      boot = Number(event.target.value);
      restart();
    };
    return h("label", null, "Boot ", h("select", { set: { value: String(boot) }, on: { change } }, all.map((each, place) =>
      h("option", { value: String(place) }, place === 0 ? "newest" : `${place} before, to ${clockText(parse(each.written))}`))));
  }
}
