/**
 * Addresses of IPv4 as numbers. Those of IPv6 are shown, but not counted.
 */

/** Null where it is no address of IPv4. */
export function addressNumber(text) {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text ?? "")?.slice(1).map(Number);
  return parts?.every((part) => part < 256) ? parts.reduce((all, part) => all * 256 + part, 0) : null;
}

/** How many addresses a range has; null where that cannot be told. */
export function sizeOf({ start, end }) {
  const [first, last] = [addressNumber(start), addressNumber(end)];
  return first === null || last === null ? null : last - first + 1;
}

/** Whether a range has an address. */
export function isWithin({ start, end }, address) {
  const number = addressNumber(address);
  return number !== null && number >= (addressNumber(start) ?? Infinity) && number <= (addressNumber(end) ?? -1);
}
