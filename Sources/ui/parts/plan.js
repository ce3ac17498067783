/**
 * What a revision means for each machine.
 */

import { to } from "../core/router.js";
import { count, naturally, plain } from "../core/text.js";
import { h } from "../core/tree.js";
import { changeRow } from "./change.js";
import { empty } from "./panel.js";
import { badge } from "./state.js";

/** Effects, the gravest first: kind, a word, what they mean. */
const EFFECTS = {
  reinstall: ["bad", "reinstall", "what is on the machine is lost"],
  gone: ["bad", "gone", "no document names it any more"],
  network: ["wait", "network", "interfaces, addresses or domain"],
  boot_actions: ["wait", "boot actions", "files, units, packages, keys or repositories"],
  new: ["good", "new", "to be installed"],
  nothing: ["skip", "nothing", "the machine stays as it is"],
};

const ORDER = Object.keys(EFFECTS);

/** How many machines are shown at once. */
const MOST = 300;

export function planTable({ nodes, summary }) {
  const touched = nodes.filter((node) => node.effect !== "nothing" || node.fields.length)
    .sort((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect) || naturally(a.name, b.name));
  const lost = (summary.reinstall ?? 0) + (summary.gone ?? 0);
  return [h("p", { role: "status" }, ORDER.filter((effect) => summary[effect]).map((effect) => [badge(EFFECTS[effect][0], `${summary[effect]} ${EFFECTS[effect][1]}`), " "])),
    lost > 0 && h("p", { class: "notice bad" }, `To become what these documents say, ${count(lost, "machine")} ${lost === 1 ? "loses" : "lose"} what is on ${lost === 1 ? "it" : "them"}. A commit by itself reinstalls nothing.`),
    touched.length ? h("ol", { class: "plan" }, touched.slice(0, MOST).map(entry)) : empty("No machine is touched."),
    touched.length > MOST && h("p", { class: "hint" }, `and ${count(touched.length - MOST, "machine")} more: `, h("code", null, "boatyard plan"))];
}

function entry({ name, effect, fields }) {
  const [kind, word, meaning] = EFFECTS[effect] ?? ["idle", effect, ""];
  return h("li", { key: name, class: `planned ${kind}` }, h("p", null, badge(kind, word), " ", h("a", { href: to("machines", name) }, plain(name)), " ", h("span", { class: "hint" }, meaning)),
    fields.length > 0 && h("ul", { class: "changes" }, fields.slice(0, 60).map(changeRow)));
}
