/**
 * Revisions of the documents, and which of them is committed and which is staged.
 */

import { get } from "../core/api.js";
import { Resource } from "../core/resource.js";
import { may } from "../core/session.js";

export class Revisions {
  constructor() {
    /** The newest first. */
    this.list = new Resource(async (signal) => (await get("revisions", { signal })).results.sort((a, b) => b.id - a.id));
    /** What differs in each collection between the committed documents and the buffer. */
    this.collections = new Resource((signal) => may("workflow_orchestrator:get_configdocs_status") ? get("configdocs", { signal }) : []);
  }

  refresh() {
    this.list.refresh();
    this.collections.refresh();
  }

  close() {
    this.list.close();
    this.collections.close();
  }

  /** The newest committed revision; 0 where nothing is committed; null where it is not known yet. */
  get committed() {
    if (!this.list.value) return null;
    return this.list.value.find((each) => each.tags.includes("committed"))?.id ?? 0;
  }

  /** The revision of the buffer where it holds something that is not committed, else null. */
  get buffer() {
    const newest = this.list.value?.[0];
    return newest && newest.id > this.committed ? newest.id : null;
  }
}

/** Documents of a revision, with sums in the place of secrets. @param kind `documents` or `rendered-documents` */
export const documentsOf = (revision, kind, signal) => get(`revisions/${revision}/${kind}?cleartext-secrets=false`, { signal });

/** What names a document: its schema, its layer and its name. */
export const identity = (document) =>
  [document.schema, document.metadata?.layeringDefinition?.layer ?? "", document.metadata?.name].join("\u0000");
