/**
 * Reads a stream of server-sent events, with the status of its answer, which `EventSource` does not tell.
 */

/** The daemon sends a comment every 15 seconds; a connection that is silent for longer than this is broken. */
const SILENCE = 40_000;

/**
 * @param {Response} answer  with a body of `text/event-stream`
 * @param {(event: {id: string, type: string, data: string}) => void} receive
 * @returns when the stream has ended. @throws where it breaks.
 */
export async function readEvents(answer, receive) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = eventParser(receive);
  for (;;) {
    const { done, value } = await within(SILENCE, reader);
    if (done) return;
    parser(value);
  }
}

async function within(limit, reader) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("The stream of events is silent.")), limit);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Takes pieces of a stream, and tells each event as it is complete. */
export function eventParser(receive) {
  let rest = "";
  let event = { id: null, type: "message", data: [] };
  return (piece) => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.id !== null || event.data.length) receive({ ...event, data: event.data.join("\n") });
        event = { id: null, type: "message", data: [] };
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "id") event.id = value;
      else if (field === "event") event.type = value;
      else if (field === "data") event.data.push(value);
    }
  };
}
