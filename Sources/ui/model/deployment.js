/**
 * The deployment of an action: its Drydock tasks, and the groups of its strategy.
 */

import { get, part } from "../core/api.js";
import { bothEnds } from "../core/ranges.js";
import { Resource } from "../core/resource.js";
import { may } from "../core/session.js";
import { deploymentGroups } from "./groups.js";

const STEP = /prepare_and_deploy_nodes$/;

export class Deployment {
  constructor(action) {
    this.action = action;
    this.step = null;
    /** Tasks by their id; one that has ended is not read again. */
    this.tasks = new Map();
    this.all = new Resource((signal) => this.load(signal));
    this.strategies = new Map();
    this.made = null;
  }

  refresh() {
    this.all.refresh();
  }

  close() {
    this.all.close();
  }

  async load(signal) {
    if (!this.step) return null;
    const path = `actions/${part(this.action)}/steps/${part(this.step)}`;
    const step = await get(`${path}?verbosity=5`, { signal });
    if (may("physical_provisioner:read_task")) await this.readTasks(step.tasks ?? [], signal);
    const log = may("workflow_orchestrator:get_action_step_logs") ? await bothEnds(`api/v1.0/${path}/logs`, signal) : "";
    return { step, log, strategy: await this.readStrategy(signal) };
  }

  async readTasks(list, signal) {
    for (const { task_id: id } of list) {
      const known = this.tasks.get(id);
      if (known && ["complete", "terminated"].includes(known.status)) continue;
      this.tasks.set(id, await get(`tasks/${part(id)}`, { signal }));
    }
  }

  /** The strategy of the revision that the tasks are of. */
  async readStrategy(signal) {
    const reference = [...this.tasks.values()].at(-1)?.design_ref;
    const revision = /revisions\/(\d+)\//.exec(reference ?? "")?.[1];
    if (!revision || !may("deckhand:list_cleartext_documents")) return null;
    if (!this.strategies.has(revision)) {
      const documents = await get(`revisions/${revision}/rendered-documents?schema=shipyard/DeploymentStrategy/v1&cleartext-secrets=false`, { signal });
      this.strategies.set(revision, documents[0]?.data ?? null);
    }
    return this.strategies.get(revision);
  }

  task(id) {
    return this.tasks.get(id) ?? null;
  }

  /** What a step waits for, as far as it is known. */
  wait(step) {
    return step === this.step ? this.all.value?.step.waiting_for ?? null : null;
  }

  /** Groups of the deployment of this action; none where it deploys nothing. */
  groups(action) {
    const step = action.steps.find((each) => STEP.test(each.id) && each.start_date)?.id ?? null;
    if (step !== this.step) {
      this.step = step;
      this.refresh();
    }
    const value = this.all.value;
    if (!value) return [];
    if (this.made?.value !== value) this.made = { value, groups: deploymentGroups(value.strategy, value.step, [...this.tasks.values()], value.log) };
    return this.made.groups;
  }
}
