/**
 * What an operator may do with an action, in the state that it is in.
 */

import { may } from "../core/session.js";

const VERBS = {
  pause: { label: "Pause", states: ["Processing", "Pending"], told: "No further step begins." },
  unpause: { label: "Go on", states: ["Paused"], told: "The action goes on." },
  stop: {
    label: "Stop", states: ["Processing", "Pending", "Paused"], told: "The action is being stopped.",
    question: "What its machines are at is ended. The action cannot be taken up; its failed steps can be run again.",
  },
  retry: { label: "Retry", states: ["Failed"], told: "The failed steps run again." },
};

/** `[verb, {label, question, told}]` of what makes sense now and the policy permits. */
export function controls(action) {
  if (!may("workflow_orchestrator:invoke_action_control")) return [];
  return Object.entries(VERBS).filter(([, { states }]) => states.includes(action.action_lifecycle));
}
