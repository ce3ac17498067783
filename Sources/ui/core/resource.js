/**
 * Something that the daemon tells, kept until it is told again.
 *
 * However often it is asked to refresh, one request is on its way, and after each there is a pause twice as long as the request took, so that
 * a large site is not asked without end.
 */

import { draw } from "./drawing.js";

export class Resource {
  /**
   * @param {(signal: AbortSignal) => Promise<any>} load
   * @param {{pause?: number}} options  the shortest time between two requests, in milliseconds.
   */
  constructor(load, { pause = 250 } = {}) {
    this.load = load;
    this.pause = pause;
    /** Undefined until it has come. */
    this.value = undefined;
    /** Why the last request failed; null where it did not. */
    this.error = null;
    /** Rises with each value. */
    this.version = 0;
    this.abort = null;
    this.isWanted = false;
    this.isClosed = false;
  }

  get isLoading() {
    return this.abort !== null && this.value === undefined;
  }

  /** Asks now, or once the request that is on its way has ended. Returns the resource. */
  refresh() {
    this.isWanted = true;
    if (!this.abort && !this.isClosed) this.run();
    return this;
  }

  close() {
    this.isClosed = true;
    this.abort?.abort();
  }

  /** Gives up what is on its way, and what is known. */
  forget() {
    this.abort?.abort();
    this.abort = null;
    this.isWanted = false;
    this.value = undefined;
    this.error = null;
  }

  async run() {
    const abort = new AbortController();
    this.abort = abort;
    const { signal } = abort;
    while (this.isWanted && !signal.aborted) {
      this.isWanted = false;
      const started = performance.now();
      try {
        const value = await this.load(signal);
        if (signal.aborted) return;
        this.value = value;
        this.error = null;
        this.version += 1;
      } catch (error) {
        if (signal.aborted) return;
        this.error = error;
      }
      draw();
      const took = performance.now() - started;
      await new Promise((resolve) => setTimeout(resolve, Math.max(this.pause, 2 * took)));
    }
    if (this.abort === abort) this.abort = null;
  }
}
