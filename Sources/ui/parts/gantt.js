/**
 * Steps of an action in the course of time, with the Drydock tasks of each.
 */

import { clockText, duration, now, parse } from "../core/clock.js";
import { to } from "../core/router.js";
import { plain } from "../core/text.js";
import { h } from "../core/tree.js";
import { sign, stepKind, stepWord } from "./state.js";

const TASKS = { success: "good", partial_success: "wait", failure: "bad", incomplete: "busy" };

/**
 * @param action  with its steps as `verbosity=5` tells them
 * @param chosen  the id of the step whose log is shown
 * @param groupOf  the group of the deployment strategy that a task is for, or null
 */
export function gantt(action, chosen, groupOf) {
  const start = parse(action.datetime);
  const ends = action.steps.flatMap((step) => [step.end_date, ...(step.tasks ?? []).map((task) => task.updated)]).map(parse).filter(Boolean);
  const isOver = ["Complete", "Failed"].includes(action.action_lifecycle);
  const end = Math.max(start + 100, ...ends, isOver ? 0 : now());
  const scale = { start, length: end - start, end };
  return h("div", { class: "gantt" }, axis(scale), h("ol", null, action.steps.map((step) => row(action, step, scale, step.id === chosen, groupOf))));
}

function axis({ start, length }) {
  const marks = [0, 0.25, 0.5, 0.75, 1];
  return h("div", { class: "gantt-axis", "aria-hidden": "true" }, h("span", { class: "gantt-name" }, clockText(start)),
    h("span", { class: "gantt-times" }, marks.map((share) => h("span", { style: { left: `${share * 100}%` } }, share ? `+${duration((length * share) / 1000)}` : "0"))));
}

function row(action, step, scale, isChosen, groupOf) {
  const kind = stepKind(step.state);
  const [group, name] = /^(.+)\.([^.]+)$/.exec(step.id)?.slice(1) ?? ["", step.id];
  const took = step.duration ?? (step.start_date && !step.end_date ? (now() - parse(step.start_date)) / 1000 : null);
  const word = [stepWord(step.state), took !== null && duration(took), step.try_number > 1 && `try ${step.try_number}`].filter(Boolean).join(", ");
  return h("li", { key: step.id, class: `gantt-step ${kind} ${isChosen ? "chosen" : ""}` },
    h("a", { class: "gantt-row", href: to("actions", action.id, step.id), "aria-current": isChosen && "true" },
      h("span", { class: "gantt-name" }, sign(kind), " ", group && h("span", { class: "hint" }, plain(`${group}.`)), h("span", null, plain(name)),
        h("span", { class: "unseen" }, `: ${word}`)),
      h("span", { class: "gantt-times" }, bar(step.start_date, step.end_date, scale, kind, `${step.id}: ${word}`), label(step, word, scale))),
    (step.tasks ?? []).length > 0 && h("ol", { class: "gantt-tasks" }, step.tasks.map((task) => taskRow(task, scale, groupOf(task)))));
}

function taskRow(task, scale, group) {
  const kind = TASKS[task.result] ?? "busy";
  const isOver = ["complete", "terminated"].includes(task.status);
  const word = `${task.status}${isOver ? `, ${task.result?.replaceAll("_", " ")}` : ""}`;
  return h("li", { key: task.task_id, class: `gantt-row gantt-task ${kind}` },
    h("span", { class: "gantt-name" }, sign(kind), " ", plain(task.action), group && h("span", { class: "hint" }, " ", plain(group)), h("span", { class: "unseen" }, `: ${word}`)),
    h("span", { class: "gantt-times" }, bar(task.created, isOver ? task.updated : null, scale, kind, `${task.action}: ${word}`)));
}

function bar(from, until, { start, length, end }, kind, title) {
  const begin = parse(from);
  if (begin === null) return null;
  const left = ((begin - start) / length) * 100;
  const width = Math.max(0, (((parse(until) ?? end) - begin) / length) * 100);
  return h("span", { class: `gantt-bar ${kind}`, title, style: { left: `${Math.min(left, 99.7)}%`, width: `${Math.min(width, 100 - left)}%` } });
}

/** Beside the bar, where there is room for it. */
function label(step, word, { start, length, end }) {
  const begin = parse(step.start_date);
  if (begin === null) return h("span", { class: "gantt-label", "aria-hidden": "true" }, word);
  const left = ((begin - start) / length) * 100;
  const right = (((parse(step.end_date) ?? end) - start) / length) * 100;
  const place = right < 70 ? { left: `${right}%` } : { right: `${100 - left}%` };
  return right < 70 || left > 30 ? h("span", { class: "gantt-label", "aria-hidden": "true", style: place }, word) : null;
}
