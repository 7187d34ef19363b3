import { type DeliverOptions, type Delivery, deliver } from "./deliver.ts";
import type { TriggerMessage } from "./trigger_message.ts";

export interface DeliverAllOptions extends DeliverOptions {
  /** How many messages are under way at once. With 1 they arrive in order. */
  readonly concurrency: number;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** Sends all messages. Starts no more once one finds nobody there, and then rejects with an `UnreachableError`. */
export async function deliverAll(messages: readonly TriggerMessage[], options: DeliverAllOptions): Promise<void> {
  const { concurrency, onDelivery } = options;
  const rest = messages.values();
  let stopped = false;
  const lane = async (): Promise<void> => {
    // The lanes share one iterator, so that each message is sent by one of them.
    for (const message of rest) {
      if (stopped) return;
      onDelivery(await deliver(message, options));
    }
  };
  const stop = (error: unknown): never => {
    stopped = true;
    throw error;
  };
  await Promise.all(Array.from({ length: concurrency }, () => lane().catch(stop)));
}
