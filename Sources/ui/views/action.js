/**
 * One action: its steps in the course of time, the log of one of them beside it, what it waits for, and what can be done.
 */

import { get, order, part } from "../core/api.js";
import { duration, moment, now, parse } from "../core/clock.js";
import { Resource } from "../core/resource.js";
import { to } from "../core/router.js";
import { may } from "../core/session.js";
import { plain, said } from "../core/text.js";
import { h } from "../core/tree.js";
import { controls } from "../model/action-controls.js";
import { Deployment } from "../model/deployment.js";
import { groupOf } from "../model/groups.js";
import { Orders } from "../parts/ask.js";
import { gantt } from "../parts/gantt.js";
import { groupsPanel } from "../parts/groups.js";
import { stepLog } from "../parts/log.js";
import { content, empty, facts, heading, panel } from "../parts/panel.js";
import { badge, lifecycleKind, stepKind, stepWord } from "../parts/state.js";
import { waitLine } from "../parts/wait.js";

export function action([id, wantedStep]) {
  const whole = new Resource((signal) => get(`actions/${part(id)}?verbosity=5`, { signal }));
  const deployment = new Deployment(id);
  const orders = new Orders();
  /** The step that is looked at: the one of the address, else the one that matters now. */
  let step = null;
  let detail = null;
  let log = null;
  let chosenTry = null;

  function look(wanted) {
    if (step === wanted) return;
    detail?.close();
    log?.close();
    step = wanted;
    chosenTry = null;
    detail = may("workflow_orchestrator:get_action_step") ? new Resource((signal) => get(`actions/${part(id)}/steps/${part(step)}?verbosity=5`, { signal })) : null;
    openLog();
    detail?.refresh();
  }

  function openLog() {
    log?.close();
    log = may("workflow_orchestrator:get_action_step_logs") ? stepLog(id, step, chosenTry) : null;
  }

  const refresh = () => {
    whole.refresh();
    detail?.refresh();
    log?.refresh();
    deployment.refresh();
  };
  whole.refresh();
  deployment.refresh();
  return {
    get title() {
      return whole.value?.name ?? "Action";
    },
    refresh,
    hear: (event) => (event.type === "gap" || event.data.action === id) && refresh(),
    ticks: () => ["Processing", "Pending", "Paused"].includes(whole.value?.action_lifecycle),
    close: () => [whole, detail, log, deployment].forEach((each) => each?.close()),
    draw: () => [
      h("p", { class: "trail" }, h("a", { href: to("actions") }, "Actions"), " / ", plain(id, { class: "data" })),
      content(whole, "the action", (value) => {
        look(wantedStep ?? stepThatMatters(value));
        return [title(value, orders), orders.draw(), nowLine(value, deployment), body(value)];
      }),
    ],
  };

  function body(value) {
    const groups = deployment.groups(value);
    return h("div", { key: "body", class: "action" },
      panel("Steps", { class: "steps" }, gantt(value, step, (task) => groupOf(deployment.task(task.task_id) ?? {}, groups))),
      panel("Log", { class: "log-panel", aside: h("span", { class: "hint" }, plain(step), " ", tries(value)) },
        detail?.value && stepDetail(detail.value), log ? log.draw() : empty("The policy does not let you see logs.")),
      groups.length > 0 && groupsPanel(groups, detail?.value ?? null), notes(value), about(value));
  }

  function tries(value) {
    const newest = value.steps.find((each) => each.id === step)?.try_number ?? 1;
    if (newest < 2) return null;
    const change = (event) => {
      chosenTry = event.target.value === String(newest) ? null : Number(event.target.value);
      openLog();
      log.refresh();
    };
    return h("label", null, "Try ", h("select", { set: { value: String(chosenTry ?? newest) }, on: { change } },
      Array.from({ length: newest }, (_, index) => h("option", { value: String(index + 1) }, String(index + 1)))));
  }
}

/** The step that runs or has failed; else the deployment, else the last one that has run. */
function stepThatMatters({ steps }) {
  const by = (state) => steps.find((each) => each.state === state)?.id;
  return by("running") ?? by("up_for_retry") ?? by("failed") ?? steps.find((each) => each.id.endsWith("prepare_and_deploy_nodes"))?.id
    ?? steps.findLast((each) => each.start_date)?.id ?? steps[0]?.id;
}

function title(value, orders) {
  const give = (verb, told) => orders.give(() => order("POST", `actions/${part(value.id)}/control/${verb}`), () => told);
  return h("div", { key: "title", class: "title" }, heading(plain(value.name)), badge(lifecycleKind(value.action_lifecycle), value.action_lifecycle),
    h("span", { class: "hint" }, "begun ", moment(value.datetime), " by ", plain(value.user)),
    h("div", { class: "controls" }, controls(value).map(([verb, { label, question, told }]) =>
      orders.button(label, { key: verb, class: verb === "stop" ? "danger" : verb === "retry" ? "primary" : null }, () => question
        ? orders.confirm(`${label} ${value.name}?`, question, label, () => order("POST", `actions/${part(value.id)}/control/${verb}`), () => told)
        : give(verb, told)))));
}

/** What runs now, and what it waits for. */
function nowLine(value, deployment) {
  const running = value.steps.filter((each) => ["running", "up_for_retry"].includes(each.state));
  if (value.action_lifecycle === "Paused") return h("p", { key: "now", class: "notice wait" }, "Paused: what has begun goes on to its end, no further step begins.");
  const failed = value.steps.filter((each) => each.state === "failed" && each.message);
  if (!running.length) return failed.map((each) => h("div", { key: `failed ${each.id}`, class: "notice bad" }, h("strong", null, plain(each.id), " failed. "), said(each.message)));
  return h("div", { key: "now", class: "notice" }, running.map((each) => h("div", { key: each.id },
    h("p", null, h("strong", null, plain(each.id)), ` ${stepWord(each.state)}`, each.start_date && ` for ${duration((now() - parse(each.start_date)) / 1000)}`),
    waitLine(each.waiting_for ?? deployment.wait(each.id)))));
}

function stepDetail(step) {
  return h("div", { class: "step-detail" }, h("p", null, badge(stepKind(step.state), stepWord(step.state)), " ",
    step.start_date && [moment(step.start_date), step.duration !== null && ` for ${duration(step.duration)}`], step.try_number > 1 && `, try ${step.try_number}`),
  step.message && step.state !== "failed" && h("p", null, said(step.message)), waitLine(step.waiting_for));
}

function notes(value) {
  const all = [...value.notes, ...value.steps.flatMap((step) => step.notes)].filter((note) => note.verbosity <= 2)
    .sort((a, b) => a.note_timestamp < b.note_timestamp ? -1 : 1);
  return panel("Notes", null, all.length
    ? h("ul", { class: "notes" }, all.map((note) => h("li", { key: note.note_id }, moment(note.note_timestamp), " ", h("strong", null, plain(note.subject === value.id ? note.sub_type : note.subject)), " ",
      said(note.note_val, null, 1000))))
    : empty("There are none."));
}

function about(value) {
  return panel("About", null, facts([
    ["Id", plain(value.id, { class: "data" })], ["Context marker", plain(value.context_marker ?? "", { class: "data" })],
    ["Parameters", Object.keys(value.parameters ?? {}).length > 0 && plain(JSON.stringify(value.parameters), { class: "data" })],
  ]),
  (value.validations ?? []).length > 0 && [h("h3", null, "Validations"), h("ul", null, value.validations.map((each) => h("li", null, plain(each.validation_name), ": ", said(each.details ?? ""))))],
  (value.command_audit ?? []).length > 0 && [h("h3", null, "Commands"), h("ul", null, value.command_audit.map((each) => h("li", { key: each.id }, moment(each.datetime), " ", plain(each.command), " by ", plain(each.user))))]);
}
