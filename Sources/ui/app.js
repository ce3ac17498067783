/**
 * Begins: finds out who is logged in, listens to what happens, and draws the view that the address names.
 */

import { everySecond } from "./core/clock.js";
import { draw, drawWith } from "./core/drawing.js";
import { listen, silence, streamState, whenEvent, whenStreamState } from "./core/events.js";
import { route } from "./core/router.js";
import { resume, session, whenChanged } from "./core/session.js";
import { patch } from "./core/tree.js";
import * as site from "./model/site.js";
import { announce } from "./parts/announce.js";
import { shell } from "./shell.js";
import { open } from "./views.js";
import { login } from "./views/login.js";

const root = document.createElement("div");
root.id = "app";
document.body.append(root);

/** What is shown. It is kept while somebody logs in again. */
let view = null;
/** For whom it was opened. */
let owner = null;
let isNewPage = false;
/** `asking`, `known`, `away`: whether it is known who is logged in. */
let knowledge = "asking";

function show() {
  view?.close?.();
  view = session() ? open(route()) : null;
  owner = session()?.user ?? null;
  draw();
}

function paint() {
  const shown = session() ? view : login;
  patch(root, shell(shown, knowledge));
  document.title = shown && knowledge !== "asking" ? `${shown.title} · Boatyard` : "Boatyard";
  if (!isNewPage || !shown) return;
  isNewPage = false;
  root.querySelector("h1")?.focus();
}

async function begin() {
  try {
    await resume();
    knowledge = "known";
  } catch {
    knowledge = "away";
    setTimeout(begin, 2000);
  }
  draw();
}

drawWith(paint);
// There is something to see while the daemon is asked.
draw();
window.addEventListener("hashchange", () => {
  isNewPage = true;
  show();
});
whenChanged((now, before, isWanted) => {
  knowledge = "known";
  silence();
  if (now) listen();
  const isSomebodyElse = now && owner !== now.user;
  if (isWanted || isSomebodyElse) {
    view?.close?.();
    view = null;
    site.forget();
  }
  if (now && !view) show();
  else if (now) view.refresh?.();
  if (!now && before) announce(isWanted ? "Logged out." : "The session has ended. Log in again to go on.");
  isNewPage = true;
  draw();
});
whenEvent((event) => {
  // A view asks again for what may have changed; what comes is drawn.
  if (session()) view?.hear?.(event);
});
let wasAway = false;
whenStreamState((state) => {
  // What happened while the daemon was away is read anew.
  if (state === "live" && session()) view?.refresh?.();
  if (state === "away") announce("The daemon does not answer.");
  if (state === "live" && wasAway) announce("The daemon answers again.");
  wasAway = state === "away" || (wasAway && state !== "live");
  draw();
});
let second = 0;
everySecond(() => {
  second += 1;
  if (!session()) return;
  // Whoever may see no events asks.
  if (streamState() === "forbidden" && second % 15 === 0) view?.refresh?.();
  if (view?.ticks?.()) draw();
});
begin();
