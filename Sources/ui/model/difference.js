/**
 * What differs between two lists of documents, down to single values.
 */

import { naturally } from "../core/text.js";
import { identity } from "./revisions.js";

/** @returns {{document, change: "created"|"deleted"|"modified", values: {path, from, to}[]}[]}  by schema and name */
export function differences(before, after) {
  const [old, next] = [before, after].map((list) => new Map(list.map((each) => [identity(each), each])));
  const found = [];
  for (const [key, document] of next) {
    const was = old.get(key);
    if (!was) {
      found.push({ document, change: "created", values: [] });
      continue;
    }
    const values = [...compare(was.data, document.data, ""), ...compare(metadata(was), metadata(document), "metadata")];
    if (values.length) found.push({ document, change: "modified", values });
  }
  for (const [key, document] of old) if (!next.has(key)) found.push({ document, change: "deleted", values: [] });
  return found.sort((a, b) => naturally(a.document.schema, b.document.schema) || naturally(a.document.metadata.name, b.document.metadata.name));
}

/** Members of the metadata that say something about the document. */
const metadata = ({ metadata: { labels, layeringDefinition, substitutions, storagePolicy } }) => ({ labels, layeringDefinition, substitutions, storagePolicy });

const isContainer = (value) => typeof value === "object" && value !== null;

/** Every value that is not the same in both, by its path. */
export function compare(a, b, path, found = []) {
  if (Object.is(a, b)) return found;
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) {
    found.push({ path: path || ".", from: a, to: b });
    return found;
  }
  const isList = Array.isArray(a);
  for (const key of Object.keys(a)) {
    const next = Object.hasOwn(b, key) ? b[key] : undefined;
    // Without their paths: of a large document most values are the same.
    if (!Object.is(a[key], next)) compare(a[key], next, below(path, key, isList), found);
  }
  for (const key of Object.keys(b)) if (!Object.hasOwn(a, key)) compare(undefined, b[key], below(path, key, isList), found);
  return found;
}

/** The path of a member, as the daemon reads it: `.nodes[0].'a.b'`. */
export function below(path, key, isList) {
  if (isList) return `${path}[${key}]`;
  return `${path}.${/^[A-Za-z0-9_-]+$/.test(key) ? key : `'${key}'`}`;
}
