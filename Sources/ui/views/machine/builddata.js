/**
 * What a machine has told of itself while it was built, to look at and to download.
 */

import { get, part } from "../../core/api.js";
import { moment } from "../../core/clock.js";
import { Resource } from "../../core/resource.js";
import { plain, said, size } from "../../core/text.js";
import { h } from "../../core/tree.js";
import { content, empty, panel } from "../../parts/panel.js";

const ENDINGS = { "application/json": "json", "text/xml": "xml", "text/plain": "txt", "application/x-yaml": "yaml" };

export function builddata(name) {
  const records = new Resource(async (signal) => {
    try {
      return await get(`nodes/${part(name)}/builddata?latest=true`, { signal });
    } catch (error) {
      if (error.isAbsence) return [];
      throw error;
    }
  });
  return {
    refresh: () => records.refresh(),
    close: () => records.close(),
    draw: () => panel("Build data", { class: "wide" }, content(records, "the build data", (all) => all.length
      ? all.map((record) => entry(name, record))
      : empty("There is none. The machine sends it when it boots the installer."))),
  };
}

function entry(name, record) {
  return h("details", { key: record.generator },
    h("summary", null, h("strong", null, plain(record.generator)), " ", h("span", { class: "hint" }, plain(record.data_format), `, ${size(record.data_element.length)}, `),
      moment(record.collected_date)),
    h("p", null, h("button", { type: "button", on: { click: () => download(name, record) } }, "Download")),
    h("div", { class: "log", tabindex: "0", role: "region", "aria-label": `${record.generator} of ${name}` }, said(record.data_element, null, 20_000)));
}

/** The browser keeps it as a file; it is never opened as a page. */
function download(name, record) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([record.data_element], { type: "application/octet-stream" }));
  link.download = `${name}-${record.generator}.${ENDINGS[record.data_format] ?? "txt"}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
