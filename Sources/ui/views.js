/**
 * The views, by the first component of the address.
 */

import { action } from "./views/action.js";
import { actions } from "./views/actions.js";
import { documents } from "./views/documents.js";
import { machine } from "./views/machine.js";
import { missing } from "./views/missing.js";
import { networks } from "./views/networks.js";
import { site } from "./views/site.js";

/**
 * A view is an object with `title`; `draw()`, which returns a tree; and where they are needed `refresh()`, which reads everything anew,
 * `hear(event)`, `ticks()`, whether it shows something that changes every second, and `close()`.
 */
export function open([name = "site", ...rest]) {
  switch (name) {
    case "site":
      return site();
    case "networks":
      return networks();
    case "machines":
      return rest.length ? machine(rest) : site();
    case "actions":
      return rest.length ? action(rest) : actions();
    case "documents":
      return documents(rest);
    default:
      return missing();
  }
}
