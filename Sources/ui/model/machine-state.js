/**
 * What the state of a machine means: how it is doing, and how far it has come.
 */

/** How far a machine has come on the way to `Deployed`, from 0 to 1, where no more is known of it than its state. */
const FRACTIONS = {
  Missing: 0, New: 0.1, Commissioning: 0.2, "Failed commissioning": 0.2, Ready: 0.4, Allocated: 0.45, Deploying: 0.5,
  "Failed deployment": 0.6, Deployed: 1, Releasing: 0.2, "Disk erasing": 0.2, "Failed disk erasing": 0.2, Broken: 0.1, Testing: 0.3,
};

/** Between these two an installation goes from phase to phase. */
const [BEGUN, BOOTED] = [FRACTIONS.Deploying, 0.97];

const BUSY = new Set(["Commissioning", "Allocated", "Deploying", "Releasing", "Disk erasing", "Testing"]);

export function fraction(node) {
  const { stage, stages } = node.progress ?? {};
  if (stages && /Deploying|Failed deployment/.test(node.status_name)) return BEGUN + (BOOTED - BEGUN) * (stage / stages);
  if (node.status_name === "Deployed" && node.waiting_for) return BOOTED;
  return FRACTIONS[node.status_name] ?? 0;
}

/** What `kind` has said of a node. */
const kinds = new WeakMap();

/** good, busy, wait, bad, off or idle. */
export function kind(node) {
  if (!kinds.has(node)) kinds.set(node, judge(node));
  return kinds.get(node);
}

function judge(node) {
  if (node.problem || node.unattended || /Failed|Broken/.test(node.status_name)) return "bad";
  if (node.waiting_for) return node.status_name === "Deployed" ? "wait" : "busy";
  if (BUSY.has(node.status_name)) return "busy";
  if (node.status_name === "Deployed") return "good";
  return node.status_name === "Missing" ? "off" : "idle";
}

/** Whether the documents ask for something else than what the machine was installed with. */
export const hasDrift = (node) => (node.drift?.length ?? 0) > 0;

/** Whether a person has to do something at the machine, which has no BMC. */
export const waitsForHands = (node) => node.waiting_for?.event?.startsWith("an operator to ") === true;
