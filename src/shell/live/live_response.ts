import { Effect } from "effect";
import { parametersOf, readEventsFilter } from "../api/query.ts";
import { errorReply, type Reply, toResponse } from "../reply.ts";
import type { LiveFeed } from "./live_feed.ts";
import type { Mailbox } from "./mailbox.ts";

/** After a break, the browser comes again. */
const RETRY_MS = 2_000;
/** What goes on is told from a little earlier: what was received before what was told may have been committed after it. */
const BACK_MS = 2_000;

export interface LiveResponseOptions {
  /** Called when the service stops while the listener has not taken what it was given: its connection need not wait long. */
  readonly hurry: () => void;
}

/** Answers a request with what happens from then on, as server-sent events, until either side ends it. */
export async function liveResponse(
  feed: LiveFeed,
  request: Request,
  { hurry }: LiveResponseOptions,
): Promise<Response> {
  const filter = await Effect.runPromise(
    Effect.match(readEventsFilter(parametersOf(request)), {
      onFailure: ({ message }) => errorReply("invalid_query", message),
      onSuccess: (read) => read,
    }),
  );
  if ("status" in filter) return toResponse(filter);
  const mailbox = await feed.open({ filter, sinceMs: sinceOf(request) });
  if (typeof mailbox === "string") return toResponse(REFUSALS[mailbox]);
  return new Response(streamOf(mailbox, { leave: () => feed.leave(mailbox), signal: request.signal, hurry }), {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Or nginx would keep it to itself until it has a page full of it.
      "x-accel-buffering": "no",
    },
  });
}

const REFUSALS: { readonly [W in "full" | "closed"]: Reply } = {
  full: errorReply("overloaded", "Too many listen already: close another page, and come again"),
  closed: errorReply("unavailable", "The service is stopping: come again"),
};

interface StreamOptions extends LiveResponseOptions {
  readonly leave: () => void;
  /** Ends it: nobody is there any more. */
  readonly signal: AbortSignal;
}

/** Gives what waits when it is asked for, and nothing before: what is not read stays in the mailbox, which has a limit. */
function streamOf(mailbox: Mailbox, { leave, signal, hurry }: StreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gone = (): void => {
    mailbox.whenStuck(() => undefined);
    leave();
  };
  signal.addEventListener("abort", gone, { once: true });
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        // Or a stop would wait for who reads no more.
        mailbox.whenStuck(() => {
          controller.error(new Error("The listener did not take what it was given"));
          hurry();
        });
        controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
      },
      pull: async (controller) => {
        const text = await mailbox.next();
        if (text === null) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: gone,
    },
    { highWaterMark: 1 },
  );
}

/** From the id of the last event that a browser heard before the connection broke. */
function sinceOf({ headers }: Request): number | undefined {
  const id = headers.get("last-event-id") ?? "";
  return /^\d{10,15}$/.test(id) ? Number(id) - BACK_MS : undefined;
}
