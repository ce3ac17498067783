/**
 * Groups of a deployment: what the strategy asks of them, which machines are in each, and how it went with them.
 */

/**
 * @param strategy  the data of the DeploymentStrategy, or null
 * @param step  the deployment step as the daemon tells it
 * @param tasks  its Drydock tasks with their filters and results, the oldest first
 * @param log  the log of the step, which names the machines of each group as it comes to it
 * @returns {{name, isCritical, dependsOn, criteria, machines: {name, stage}[]}[]}  in the order of the strategy
 */
export function deploymentGroups(strategy, step, tasks, log) {
  const members = membersByLog(log);
  const stage = stages(step, tasks);
  return (strategy?.groups ?? [...members.keys()].map((name) => ({ name }))).map((group) => ({
    name: group.name,
    isCritical: group.critical === true,
    dependsOn: group.depends_on ?? [],
    criteria: Object.entries(group.success_criteria ?? {}).map(([name, value]) => criterion(name, value)),
    machines: (members.get(group.name) ?? heldBack(step, group.name)).map((name) => ({ name, stage: stage(name) })),
  }));
}

/** `Group control: preparing n0, n10` */
function membersByLog(log) {
  const found = new Map();
  for (const [, group, names] of (log ?? "").matchAll(/^\[[^\]]*\] INFO - Group (\S+): (?:preparing|deploying) (.+)$/gm)) {
    if (!found.has(group)) found.set(group, names.split(", "));
  }
  return found;
}

const heldBack = (step, group) => step?.machines_held_back?.find((each) => each.group === group)?.nodes ?? [];

function criterion(name, value) {
  switch (name) {
    case "percent_successful_nodes":
      return `at least ${value} % of its machines succeed`;
    case "minimum_successful_nodes":
      return `at least ${value} machines succeed`;
    case "maximum_failed_nodes":
      return `at most ${value} machines fail`;
    default:
      return `${name}: ${value}`;
  }
}

/** What became of a machine: `deployed`, `prepared`, `failed`, `held back`, `at work`, `waits`. */
function stages(step, tasks) {
  const found = new Map();
  for (const task of tasks) {
    const isOver = ["complete", "terminated"].includes(task.status);
    for (const name of nodesOf(task)) if (!isOver) found.set(name, "at work");
    for (const name of task.result?.successes ?? []) found.set(name, task.action === "deploy_nodes" ? "deployed" : "prepared");
    for (const name of task.result?.failures ?? []) found.set(name, "failed");
  }
  for (const each of step?.machines_held_back ?? []) for (const name of each.nodes) found.set(name, "held back");
  for (const name of step?.machine_stages?.DEPLOYED ?? []) found.set(name, "deployed");
  for (const name of step?.machine_stages?.FAILED ?? []) found.set(name, "failed");
  return (name) => found.get(name) ?? "waits";
}

/** The machines that the filter of a task names. */
export const nodesOf = (task) => (task.node_filter?.filter_set ?? []).flatMap((each) => each.node_names ?? []);

/** The group that a task is for: the one whose machines it has. */
export function groupOf(task, groups) {
  const names = new Set(nodesOf(task));
  return names.size ? groups.find((group) => group.machines.some((each) => names.has(each.name)))?.name ?? null : null;
}
