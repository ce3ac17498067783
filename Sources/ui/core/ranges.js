/**
 * Reads a text on the daemon from its end, piece by piece, however long it is.
 */

import { request } from "./api.js";

/** In bytes: how much is read at once, and how much of what has come since. Of more than that the end is read anew. */
const PIECE = 128 * 1024;
const RECENT = 16 * 1024;
/** In bytes: of each end of a text that is looked through. */
const MOST = 4 * PIECE;

/** A text that grows at its end. Positions are bytes. */
export class RangedText {
  constructor(path) {
    this.path = path;
    /** What has been read reaches from `start` to `end`. */
    this.start = 0;
    this.end = 0;
    this.isBegun = false;
    this.takesRanges = true;
  }

  /** The end of the text; what has come since, where that was read already. @returns {Promise<{text: string, isAnew: boolean}>} */
  async more(signal) {
    if (!this.isBegun || !this.takesRanges) return this.tail(signal);
    // Its end: a text that has begun anew may have no bytes from where this one ended.
    const answer = await this.read(`bytes=-${RECENT}`, signal);
    const length = lengthOf(answer);
    if (answer.status !== 206 || length < this.end || length > this.end + RECENT) {
      await answer.body?.cancel();
      return this.tail(signal);
    }
    const part = new Uint8Array(await answer.arrayBuffer());
    const bytes = part.subarray(this.end - (length - part.length));
    this.end = length;
    return { text: decode(bytes), isAnew: false };
  }

  /** The piece before what was read, in whole lines. @returns {Promise<string>} */
  async earlier(signal) {
    const from = Math.max(0, this.start - PIECE);
    const answer = await this.read(`bytes=${from}-${this.start - 1}`, signal);
    if (answer.status !== 206) return "";
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const skipped = from === 0 ? 0 : lineStart(bytes);
    this.start = from + skipped;
    return decode(bytes.subarray(skipped));
  }

  async tail(signal) {
    const answer = await this.read(`bytes=-${PIECE}`, signal);
    this.isBegun = answer.headers.get("Content-Length") !== "0";
    this.takesRanges = answer.status === 206 || !this.isBegun;
    if (!this.isBegun) {
      this.start = 0;
      this.end = 0;
      return { text: "", isAnew: true };
    }
    if (!this.takesRanges) return this.whole(answer);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const [, from] = /bytes (\d+)-/.exec(answer.headers.get("Content-Range")) ?? [null, 0];
    const skipped = Number(from) === 0 ? 0 : lineStart(bytes);
    this.start = Number(from) + skipped;
    this.end = Number(from) + bytes.length;
    return { text: decode(bytes.subarray(skipped)), isAnew: true };
  }

  /** Where no pieces are to be had, all of it passes by, and the end is kept. */
  async whole(answer) {
    const reader = answer.body.getReader();
    let kept = new Uint8Array();
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      const both = new Uint8Array(kept.length + value.length);
      both.set(kept);
      both.set(value, kept.length);
      kept = both.length > 4 * PIECE ? both.slice(-2 * PIECE) : both;
    }
    this.start = length - kept.length;
    this.end = length;
    const skipped = this.start === 0 ? 0 : lineStart(kept);
    return { text: decode(kept.subarray(skipped)), isAnew: true };
  }

  read(range, signal) {
    return request("GET", this.path, { headers: { Range: range }, passes: [416], signal });
  }
}

/** How long the whole is that an answer is a part of. */
const lengthOf = (answer) => Number(/\/(\d+)$/.exec(answer.headers.get("Content-Range"))?.[1] ?? 0);

/** The begin of a text, and its end where it is longer, each at most `MOST` bytes. */
export async function bothEnds(path, signal) {
  // The end first: a text without a byte has no begin, but an end.
  const end = await request("GET", path, { headers: { Range: `bytes=-${MOST}` }, passes: [404], signal });
  if (!end.ok) return "";
  const text = await end.text();
  if (end.status !== 206 || lengthOf(end) <= MOST) return text;
  const begin = await request("GET", path, { headers: { Range: `bytes=0-${MOST - 1}` }, passes: [404, 416], signal });
  return begin.ok ? `${await begin.text()}\n${text}` : text;
}

/** Behind the first line feed, so that a piece begins with a line; of a piece within one long line, its begin. */
function lineStart(bytes) {
  const at = bytes.indexOf(10);
  return at === bytes.length - 1 ? 0 : at + 1;
}

const decode = (bytes) => new TextDecoder().decode(bytes);
