/**
 * What a machine writes to its serial console, as it writes it.
 *
 * A browser has only a few connections for each server, and a followed console holds one: a page that nobody sees lets it go.
 */

import { get, part, request } from "../../core/api.js";
import { draw } from "../../core/drawing.js";
import { clockText, parse } from "../../core/clock.js";
import { Resource } from "../../core/resource.js";
import { h, island } from "../../core/tree.js";
import { empty, failure, panel } from "../../parts/panel.js";
import { Tail } from "../../parts/tail.js";

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

  async function follow() {
    if (!tail || abort || isClosed || document.hidden || boots.value?.length === 0) return;
    abort = new AbortController();
    const { signal } = abort;
    tail.clear();
    try {
      const how = boot === 0 ? "?follow=true" : `?boot=${boot}`;
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
    if (signal.aborted) return;
    abort = null;
    draw();
  }

  function restart() {
    abort?.abort();
    abort = null;
    follow();
  }

  const whenSeen = () => {
    if (!document.hidden) return follow();
    abort?.abort();
    abort = null;
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
      abort?.abort();
      boots.close();
      document.removeEventListener("visibilitychange", whenSeen);
    },
    draw() {
      const all = boots.value ?? [];
      return panel("Console", { class: "wide", aside: all.length > 1 && chooser(all) },
        error && !error.isAbsence && failure(error, "the console"),
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
