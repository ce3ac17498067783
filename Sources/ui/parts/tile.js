/**
 * A machine as a tile that fills as its boot goes on.
 */

import { to } from "../core/router.js";
import { plain } from "../core/text.js";
import { h, patient } from "../core/tree.js";
import { fraction, hasDrift, kind, waitsForHands } from "../model/machine-state.js";
import { powerIcon } from "./icons.js";
import { sign } from "./state.js";
import { waitText } from "./wait.js";

/** @param moment  rises with time, so that a tile that waits shows how long still */
export function tile(node, moment) {
  const doing = kind(node);
  const waits = node.waiting_for !== null && node.waiting_for !== undefined;
  // What the tile shows, and nothing else: it is drawn anew only when that has changed.
  const memo = [
    node.status_name, node.progress?.phase, doing, node.power_state, node.power_stale, node.deployed_revision, hasDrift(node), node.waiting_for?.event,
    node.problem?.message, node.test?.state, node.rescue, waits && moment,
  ].join("\u0000");
  return patient("li", node.hostname, memo, () => h("li", null,
    h("a", { class: `tile ${doing}`, href: to("machines", node.hostname), tabindex: "-1", style: { "--fill": fraction(node) } },
      h("span", { class: "tile-name" }, sign(doing), " ", plain(node.hostname)),
      h("span", { class: "tile-state" }, plain(node.status_name), progress(node)),
      h("span", { class: "tile-marks" }, power(node), revision(node), node.rescue && mark("rescue", "booted into a rescue"),
        node.test && !node.test.ended && mark("test", "its hardware is tested")),
      h("span", { class: "tile-note" }, note(node)))));
}

/** The last phase that its installer has reported, and how many are left. */
function progress({ progress: made }) {
  if (!made?.phase) return null;
  return [" · ", plain(made.phase), h("span", { class: "unseen" }, `, ${made.stage} of ${made.stages}`)];
}

const mark = (text, meaning) => h("span", { class: "mark", title: meaning }, text);

function power(node) {
  const known = ["on", "off"].includes(node.power_state) ? node.power_state : "unknown";
  const meaning = `power ${known}${node.power_stale && known !== "unknown" ? ", as last seen some time ago" : ""}`;
  return h("span", { class: `power ${known}`, title: meaning }, powerIcon(known), h("span", { class: "unseen" }, meaning));
}

function revision(node) {
  if (!node.deployed_revision) return null;
  if (!hasDrift(node)) return h("span", { class: "revision", title: "installed with this revision" }, `r${node.deployed_revision}`);
  const drift = node.drift.map((each) => each.message).join("; ");
  return h("span", { class: "revision drift", title: drift }, `r${node.deployed_revision} ≠`, h("span", { class: "unseen" }, " drift"));
}

function note(node) {
  if (waitsForHands(node)) return h("strong", null, "needs your hands");
  if (node.problem) return plain(node.problem.message.slice(0, 120));
  if (node.waiting_for) return waitText(node.waiting_for);
  return node.unattended ? plain(node.unattended) : null;
}
