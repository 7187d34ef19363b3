/** A call as it came, by its idempotency key. */
export interface ReceivedCall {
  readonly key: string;
  readonly lane: string;
  readonly version: number;
}

/** An HTTP receiver that remembers who called, in order, and whether two calls of one key or lane overlapped. */
export interface CallReceiver extends AsyncDisposable {
  readonly url: string;
  /** Calls answered, in the order of their answers. */
  readonly answered: readonly ReceivedCall[];
  /** Keys and lanes of which two calls were there at once. */
  readonly overlaps: readonly string[];
}

/** Each call is answered after so many milliseconds. */
export function startCallReceiver(answerAfterMs: number): CallReceiver {
  const answered: ReceivedCall[] = [];
  const overlaps: string[] = [];
  const here = new Set<string>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const key = request.headers.get("idempotency-key") ?? "";
      const lane = request.headers.get("x-lane") ?? "";
      for (const name of [key, lane]) {
        if (here.has(name)) overlaps.push(name);
        here.add(name);
      }
      const version = Number(await request.text());
      await Bun.sleep(answerAfterMs);
      answered.push({ key, lane, version });
      here.delete(key);
      here.delete(lane);
      return new Response("ok");
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    answered,
    overlaps,
    [Symbol.asyncDispose]: async () => {
      await server.stop(true);
    },
  };
}
