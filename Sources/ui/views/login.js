/**
 * Logging in, in the place of the view, which is there again afterwards.
 */

import { draw } from "../core/drawing.js";
import * as session from "../core/session.js";
import { said } from "../core/text.js";
import { h } from "../core/tree.js";

let error = null;
let isBusy = false;

async function submit(event) {
  event.preventDefault();
  const { user, password } = event.target.elements;
  isBusy = true;
  error = null;
  draw();
  try {
    await session.login(user.value, password.value);
    password.value = "";
  } catch (problem) {
    error = problem.status === 401 ? "User or password is wrong." : problem.message;
    password.value = "";
    password.focus();
  }
  isBusy = false;
  draw();
}

/** A view like the others, which is there while nobody is logged in. */
export const login = {
  title: "Log in",
  draw: () => h("div", { class: "login" },
    h("h1", { tabindex: "-1" }, "Boatyard"),
    h("form", { method: "post", on: { submit } },
      h("label", { for: "user" }, "User"),
      h("input", { id: "user", name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, autofocus: true }),
      h("label", { for: "password" }, "Password"),
      h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true }),
      h("div", { "aria-live": "assertive" }, error && h("p", { class: "notice bad" }, said(error))),
      h("button", { type: "submit", class: "primary", disabled: isBusy }, isBusy ? "Logging in…" : "Log in")),
    h("p", { class: "hint" }, "Users are made on the seed host: ", h("code", null, "boatyard user create NAME"), ".")),
};
