/**
 * Which view is shown: the part of the address behind `#`, such as `#/machines/n7/console`.
 */

/** The components of the address, decoded. */
export function route() {
  const [path] = location.hash.replace(/^#\/?/, "").split("?");
  return path.split("/").filter(Boolean).map(decoded);
}

/** What stands behind the `?` of the address. */
export function query() {
  return new URLSearchParams(location.hash.split("?")[1] ?? "");
}

/** An address of this page. */
export function to(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** Changes what stands behind the `?` without a new entry in the history. */
export function setQuery(values) {
  const next = query();
  for (const [name, value] of Object.entries(values)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  history.replaceState(null, "", location.hash.split("?")[0] + (text ? `?${text}` : ""));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
