import fc from "fast-check";
import type { Changed, Deleted, Message } from "../../src/core/mod.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";
import { EPOCH_MS, histories, type WireMessage } from "./histories.ts";

/** A wire message with what the core is told besides: when it first came, and whether it only was observed. */
export interface StoryMessage extends WireMessage {
  readonly source: "webhook" | "api";
  readonly receivedAtMs: number;
}

/** Receipts come in time, late, and so late that it is another day's news. */
const lags = fc.constantFrom(0, 1, 2, 100, 3 * 86_400_000, 4 * 86_400_000);

/** True histories of several entities with receipts and observations, and one way they may be delivered. */
export const stories: fc.Arbitrary<{
  readonly history: readonly StoryMessage[];
  readonly delivered: readonly StoryMessage[];
}> = fc
  .tuple(
    histories,
    fc.array(lags, { minLength: 1, maxLength: 6 }),
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(), { maxLength: 8 }),
    fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
  )
  .map(([messages, delays, observations, repeats, ranks]) => {
    const history = messages.map((message, index): StoryMessage => {
      const receivedAtMs = EPOCH_MS + 10 + index + (delays[index % delays.length] ?? 0);
      const isObserved = observations[index % observations.length] === 0;
      return { ...message, receivedAtMs, source: isObserved ? "api" : "webhook" };
    });
    const copies = [...history, ...repeats.map((pick) => history[pick % history.length] as StoryMessage)];
    const delivered = copies
      .map((message, index) => ({ message, rank: ranks[(index * 31) % ranks.length] ?? 0 }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ message }) => message);
    return { history, delivered };
  });

/** The message as the core gets it. An observation is a snapshot: as of its own update, and of no type of Clerk's. */
export function decodeStory({ svixId, envelope, receivedAtMs, source }: StoryMessage): Message {
  const message = decodeDelivery({ svixId, body: JSON.stringify(envelope), receivedAtMs });
  if (source === "webhook" || message._tag === "Unmapped" || message._tag === "Unreadable") return message;
  return message._tag === "Changed" ? observed(message) : { ...message, source: "api" satisfies Deleted["source"] };
}

function observed(message: Changed): Message {
  const { asOfMs, svixId } = message.version;
  const version = { asOfMs, rank: -1, timestampMs: asOfMs, svixId } as const;
  return { ...message, source: "api", type: `${message.ref.kind}.observed`, version } as Changed;
}
