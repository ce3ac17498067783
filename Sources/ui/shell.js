/**
 * What is around each view: where one is, whether the page is live, who is logged in.
 */

import { skew, zoneName } from "./core/clock.js";
import { streamState } from "./core/events.js";
import { route, to } from "./core/router.js";
import { isOpen, logout, may, session } from "./core/session.js";
import { plain } from "./core/text.js";
import { h } from "./core/tree.js";
import { announcements } from "./parts/announce.js";

const PLACES = [
  ["site", "Site", "physical_provisioner:read_data"],
  ["networks", "Networks", "physical_provisioner:read_data"],
  ["actions", "Actions", "workflow_orchestrator:list_actions"],
  ["documents", "Documents", "deckhand:list_revisions"],
];

const CONNECTIONS = {
  live: ["good", "Live", "What happens is shown as it happens."],
  connecting: ["off", "Connecting", "The page waits for the daemon's events."],
  away: ["bad", "No answer", "The daemon does not answer. The page tries again by itself, and then shows what has happened."],
  forbidden: ["wait", "Not live", "The policy lets you see no events. The page asks from time to time."],
  ended: ["off", "Logged out", "Log in again to go on."],
};

/** @param view  what is shown; null while it is not known what to show. */
export function shell(view, knowledge) {
  return [
    h("header", { key: "header", class: "top" },
      h("a", { class: "skip-link", href: "#content", on: { click: skip } }, "Skip to the content"), brand(), session() && places(), session() && account()),
    h("main", { key: `main-${session() ? "in" : "out"}`, id: "content", tabindex: "-1" }, content(view, knowledge)),
    h("footer", { key: "footer", class: "bottom" }, foot()),
    announcements(),
  ];
}

function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

function brand() {
  return h("a", { class: "brand", href: "#/site" },
    h("svg", { viewBox: "0 0 32 32", width: 22, height: 22, "aria-hidden": "true" },
      h("path", { d: "M4 19h24l-5 8H9zM15 5h2v12h-2zM18.5 7l8 9h-8z", fill: "currentColor" })),
    "Boatyard");
}

function places() {
  const [here = "site"] = route();
  const current = here === "machines" ? "site" : here;
  const links = PLACES.filter(([, , rule]) => may(rule)).map(([place, label]) =>
    h("li", null, h("a", { href: to(place), "aria-current": place === current && "page" }, label)));
  return h("nav", { "aria-label": "Views" }, h("ul", null, links));
}

function account() {
  const [kind, label, meaning] = CONNECTIONS[streamState()];
  const { user, project } = session();
  return h("div", { class: "account" },
    h("span", { class: `connection ${kind}`, role: "status", title: meaning }, h("span", { class: "lamp", "aria-hidden": "true" }), label),
    h("span", { class: "user", title: project ? `project ${project}` : null }, plain(user)),
    !isOpen() && h("button", { type: "button", class: "quiet", on: { click: () => logout().catch(() => {}) } }, "Log out"));
}

function content(view, knowledge) {
  if (knowledge === "asking") return h("p", { class: "empty", "aria-busy": "true" }, "Asking the daemon…");
  if (knowledge === "away") return h("p", { class: "notice bad", role: "alert" }, "The daemon does not answer. The page tries again by itself.");
  return [streamState() === "away" && session() && away(), view?.draw()];
}

function away() {
  return h("p", { key: "away", class: "notice bad" },
    "The daemon does not answer: what is shown is how it was. The page tries again by itself. ",
    h("code", null, "systemctl status boatyard"), " on the seed host says more.");
}

function foot() {
  const wrong = Math.abs(skew()) > 60_000;
  return [
    h("span", null, `Times are the daemon's, in ${zoneName()}.`),
    wrong && h("span", null, `The clock of this computer is ${Math.round(Math.abs(skew()) / 60_000)} min ${skew() > 0 ? "behind" : "ahead"}.`),
  ];
}
