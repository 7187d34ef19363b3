import { Clock, Effect } from "effect";
import { decodeDelivery } from "./decode/decode_delivery.ts";
import { Ingest } from "./ingest.ts";
import { readBody } from "./read_body.ts";
import { errorReply, outcomeReply, type Reply } from "./reply.ts";
import { readSignatureHeaders, type Verify } from "./signature.ts";

export interface HandleWebhookOptions {
  readonly verify: Verify;
  readonly maxBodyBytes: number;
}

/**
 * One delivery from bytes to reply: headers, size, signature over the raw bytes, and only then its content. Answers
 * 2xx after the message is on disk; nothing unsigned is ever stored. Every expected failure becomes a status here.
 */
export const handleWebhook = Effect.fnUntraced(function* (
  request: Request,
  { verify, maxBodyBytes }: HandleWebhookOptions,
): Effect.fn.Return<Reply, never, Ingest> {
  const ingest = yield* Ingest;
  const receivedAtMs = yield* Clock.currentTimeMillis;
  const headers = readSignatureHeaders(request.headers);
  if ("code" in headers) return errorReply(headers.code, headers.message);
  const raw = yield* Effect.promise(() => readBody(request, maxBodyBytes));
  if (raw === null) {
    return errorReply(
      "body_too_large",
      `The body is over ${maxBodyBytes} bytes: raise DOCKET_MAX_BODY_BYTES to take it`,
    );
  }
  const fault = verify(headers, raw);
  if (fault !== null) return errorReply(fault.code, fault.message);
  const message = decodeDelivery({ svixId: headers.id, body: raw.toString("utf8"), receivedAtMs });
  return yield* ingest.submit(message).pipe(
    Effect.tap((outcome) => Effect.logDebug("Message recorded", { svixId: headers.id, type: message.type, outcome })),
    Effect.map((outcome) => outcomeReply(headers.id, outcome)),
    Effect.catchTags({
      Overloaded: () =>
        Effect.succeed(errorReply("overloaded", "The queue is full: the message was not taken, send it again")),
      Unavailable: ({ reason }) => Effect.succeed(errorReply("unavailable", UNAVAILABLE[reason])),
    }),
  );
});

const UNAVAILABLE = {
  stopping: "The service is stopping: send the message again",
  database: "The database is away: send the message again",
  timeout: "The message was not seen on disk in time: send it again",
} as const;
