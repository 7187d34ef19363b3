import type { Reply } from "../reply.ts";
import type { Metric } from "./exposition.ts";

/** Counts what deliveries were answered, since the process started. */
export interface DeliveryCounts {
  readonly count: (reply: Reply) => void;
  readonly read: () => Metric;
}

export function makeDeliveryCounts(): DeliveryCounts {
  const counts = new Map<string, number>();
  return {
    count: ({ body }) => {
      const outcome = "error" in body ? body.error.code : body.outcome;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    },
    read: () => ({
      name: "docket_deliveries_total",
      type: "counter",
      help: "Webhook deliveries answered by this process, by outcome or error code.",
      samples: [...counts].map(([outcome, value]) => ({ labels: { outcome }, value })),
    }),
  };
}
