import { type Message, refKey } from "../core/mod.ts";
import type { Answer, Answers } from "./store/event_store.ts";
import type { DeliveryTrace } from "./telemetry/delivery_trace.ts";

/** What became of a message: its answer, or why it was not seen on disk. */
export type Taken = Answer | "overloaded" | "stopping" | "database" | "timeout";

export interface BatcherOptions {
  /** Messages in memory, waiting or being written, before `overloaded`. */
  readonly queueMax: number;
  /** Batches that may be written at once. */
  readonly inFlightMax: number;
  /** Writes a batch. An answer to each, null to those that are to come again; rejects if none was recorded. */
  readonly write: (batch: readonly Waiting[]) => Promise<Answers>;
  /** @default 12_000. Svix gives an answer 15 seconds. A message that commits later is `duplicate` when it comes again. */
  readonly answerLimitMs?: number;
}

export interface QueueLoad {
  readonly messages: number;
  readonly characters: number;
}

export interface Waiting {
  readonly message: Message;
  readonly trace: DeliveryTrace | null;
}

interface Entry extends Waiting {
  readonly settle: (taken: Taken) => void;
  readonly dueMs: number;
  readonly keys: readonly string[];
}

/** Group commit, as callbacks: a message costs no fiber and no timer of its own. */
export interface Batcher {
  /** Resolves after the commit, never rejects. Ordering and repetition of calls do not matter. */
  readonly take: (message: Message, trace: DeliveryTrace | null) => Promise<Taken>;
  /** What is in memory now, waiting or being written. */
  readonly load: () => QueueLoad;
  /** Takes nothing more; resolves when all that was taken is written. */
  readonly drain: () => Promise<void>;
  /** Answers `stopping` to all that still wait. */
  readonly close: () => void;
}

const BATCH_MESSAGES_MAX = 500;
const BATCH_CHARACTERS_MAX = 2_000_000;
/** Payloads in memory before `overloaded`, whatever the number of messages: what is read out of them takes some times more. */
const QUEUE_CHARACTERS_MAX = 8_000_000;
/** So many must wait for another batch to begin beside one that is being written: a batch has costs of its own. */
export const COMPANY = 32;
const ANSWER_LIMIT_MS = 12_000;
const LOOK_EVERY_MS = 250;

/**
 * A batch is whatever came while others were written, so that one message alone never waits for company. Messages that
 * name the same entity, and copies, are never in two batches at once: they would wait for each other's locks.
 */
export function makeBatcher(options: BatcherOptions): Batcher {
  const { queueMax, inFlightMax, write, answerLimitMs = ANSWER_LIMIT_MS } = options;
  let waiting: Entry[] = [];
  /** All that are not answered, the oldest first. */
  const open = new Set<Entry>();
  /** Keys of messages that are being written. */
  const busy = new Set<string>();
  const load = { messages: 0, characters: 0 };
  let inFlight = 0;
  let isStopping = false;
  let isScheduled = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  let onDrained: (() => void) | undefined;

  const settle = (entry: Entry, taken: Taken): void => {
    if (open.delete(entry)) entry.settle(taken);
  };

  const look = (): void => {
    const nowMs = performance.now();
    for (const entry of open) {
      if (entry.dueMs > nowMs) break;
      settle(entry, "timeout");
    }
    if (open.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };

  const drop = (entries: readonly Entry[]): void => {
    load.messages -= entries.length;
    load.characters -= charactersOf(entries);
  };

  const fly = (batch: readonly Entry[]): void => {
    inFlight++;
    for (const { keys } of batch) for (const key of keys) busy.add(key);
    write(batch)
      .then(
        (answers) => {
          for (const [index, entry] of batch.entries()) settle(entry, answers[index] ?? "database");
        },
        () => {
          for (const entry of batch) settle(entry, "database");
        },
      )
      .finally(() => {
        inFlight--;
        for (const { keys } of batch) for (const key of keys) busy.delete(key);
        drop(batch);
        pump();
        if (waiting.length === 0 && inFlight === 0) onDrained?.();
      });
  };

  const pump = (): void => {
    while (inFlight < inFlightMax && waiting.length > 0 && (inFlight === 0 || waiting.length >= COMPANY)) {
      const { batch, rest, abandoned } = cut(waiting, { busy, open });
      waiting = rest;
      drop(abandoned);
      if (batch.length === 0) {
        if (abandoned.length === 0) return;
      } else if (inFlight > 0 && batch.length < COMPANY) {
        // Most of what waits is held back: it is no company.
        waiting = [...batch, ...rest];
        return;
      } else {
        fly(batch);
      }
    }
  };

  const schedule = (): void => {
    if (isScheduled || inFlight >= inFlightMax) return;
    if (inFlight > 0 && waiting.length % COMPANY !== 0) return;
    isScheduled = true;
    // What comes with it goes with it.
    setImmediate(() => {
      isScheduled = false;
      pump();
    });
  };

  return {
    take: (message, trace) => {
      if (isStopping) return Promise.resolve("stopping");
      const characters = message.payload.length;
      if (load.messages >= queueMax || load.characters + characters > QUEUE_CHARACTERS_MAX) {
        return Promise.resolve("overloaded");
      }
      load.messages += 1;
      load.characters += characters;
      timer ??= setInterval(look, LOOK_EVERY_MS);
      return new Promise((resolve) => {
        const entry = {
          message,
          trace,
          settle: resolve,
          dueMs: performance.now() + answerLimitMs,
          keys: keysOf(message),
        };
        open.add(entry);
        waiting.push(entry);
        schedule();
      });
    },
    load: () => ({ ...load }),
    drain: () => {
      isStopping = true;
      return new Promise((resolve) => {
        onDrained = resolve;
        if (waiting.length === 0 && inFlight === 0) resolve();
      });
    },
    close: () => {
      isStopping = true;
      drop(waiting);
      waiting = [];
      for (const entry of open) settle(entry, "stopping");
      clearInterval(timer);
    },
  };
}

interface Cut {
  readonly batch: readonly Entry[];
  readonly rest: Entry[];
  /** Nobody waits for them any more: their senders were told to come again. */
  readonly abandoned: readonly Entry[];
}

/** What one batch can carry of those that wait. Their order does not matter, so what is held back holds up no other. */
function cut(
  waiting: readonly Entry[],
  { busy, open }: { readonly busy: ReadonlySet<string>; readonly open: ReadonlySet<Entry> },
): Cut {
  const batch: Entry[] = [];
  const rest: Entry[] = [];
  const abandoned: Entry[] = [];
  let characters = 0;
  let index = 0;
  for (; index < waiting.length && batch.length < BATCH_MESSAGES_MAX && rest.length < BATCH_MESSAGES_MAX; index++) {
    const entry = waiting[index] as Entry;
    if (!open.has(entry)) {
      abandoned.push(entry);
    } else if (entry.keys.some((key) => busy.has(key))) {
      rest.push(entry);
    } else {
      const { length } = entry.message.payload;
      if (batch.length > 0 && characters + length > BATCH_CHARACTERS_MAX) break;
      characters += length;
      batch.push(entry);
    }
  }
  for (; index < waiting.length; index++) rest.push(waiting[index] as Entry);
  return { batch, rest, abandoned };
}

function charactersOf(entries: readonly Waiting[]): number {
  return entries.reduce((sum, { message }) => sum + message.payload.length, 0);
}

/** What two messages have in common if they must not be written at once: themselves, an entity, or a parent. */
function keysOf(message: Message): readonly string[] {
  return message._tag === "Changed" || message._tag === "Deleted"
    ? [message.svixId, refKey(message.ref), ...message.parents.map(refKey)]
    : [message.svixId];
}
