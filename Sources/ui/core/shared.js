/**
 * What the tabs of one browser share. Where cookies are blocked a browser may refuse it; each tab is on its own then.
 */

/** A channel to the other tabs; null where there is none. */
export function channel(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}

/**
 * Takes one of `number` places that the tabs share.
 *
 * @returns {Promise<(() => void)|null>} what gives it back; null where all are taken
 */
export async function place(name, number) {
  for (let each = 0; each < number; each += 1) {
    const release = await taken(`${name}-${each}`);
    if (release) return release;
  }
  return null;
}

function taken(name) {
  if (!navigator.locks) return () => {};
  return new Promise((resolve) => {
    // The lock is held until the promise of its callback is resolved.
    const hold = (lock) => lock ? new Promise((release) => resolve(release)) : resolve(null);
    navigator.locks.request(name, { ifAvailable: true }, hold).catch(() => resolve(() => {}));
  });
}
