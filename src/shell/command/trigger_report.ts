import type { Delivery } from "./deliver.ts";
import { makeProgress } from "./progress.ts";

export interface ReportOptions {
  readonly total: number;
  /** One JSON object per line, for machines. */
  readonly json: boolean;
}

export interface Report {
  readonly add: (delivery: Delivery) => void;
  /** Prints the summary, and gives the exit code: 0 only if every answer was a 2xx. */
  readonly end: () => number;
}

/** More lines than this are no help to a person; a terminal then gets a bar, and lines only for what was refused. */
const LINES_MAX = 50;

const ADVICE: Readonly<Record<string, string>> = {
  foreign:
    "The server belongs to another Clerk instance. Set DOCKET_INSTANCE_IDS as the server has it, or pass --set instance_id=ins_...",
  invalid_signature:
    "The server has another signing secret. Set CLERK_WEBHOOK_SIGNING_SECRET and DOCKET_DATA_DIR as the server has them, or pass --secret",
  timeout: "The server took too long to answer. Look at its log and at GET /readyz",
  "404": "There is no webhook endpoint at that address. Docket's is /webhooks/clerk",
};

/** Says what came of each message, and of all. */
export function makeReport({ total, json }: ReportOptions): Report {
  const counts = new Map<string, number>();
  const advice = new Set<string>();
  const progress = !json && total > LINES_MAX && process.stderr.isTTY ? makeProgress(total) : undefined;
  let refused = 0;
  return {
    add: (delivery) => {
      const ok = isOk(delivery);
      if (!ok) refused++;
      counts.set(delivery.outcome, (counts.get(delivery.outcome) ?? 0) + 1);
      const help = ADVICE[delivery.outcome] ?? delivery.advice;
      if (help !== undefined) advice.add(`${delivery.outcome}: ${help}`);
      progress?.tick();
      if (json) console.log(JSON.stringify(toJson(delivery)));
      else if (progress === undefined) console.log(toLine(delivery));
      else if (!ok) progress.line(toLine(delivery));
    },
    end: () => {
      progress?.end();
      const done = [...counts.values()].reduce((sum, count) => sum + count, 0);
      if (!json && done > 0) {
        const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
        console.log(`${done} sent: ${parts.join(", ")}`);
        for (const line of advice) console.error(line);
      }
      return refused === 0 && done === total ? 0 : 1;
    },
  };
}

function isOk({ status }: Delivery): boolean {
  return status >= 200 && status < 300;
}

function toLine({ message, status, outcome, attempts }: Delivery): string {
  const tries = attempts > 1 ? `  (${attempts} attempts)` : "";
  return `${status || "---"}  ${outcome.padEnd(11)}  ${message.type.padEnd(30)}  ${message.id}  ${message.entityId}${tries}`;
}

function toJson({ message, status, outcome, attempts, durationMs }: Delivery): Readonly<Record<string, unknown>> {
  const { type, id, entityId } = message;
  return {
    type,
    id,
    entity_id: entityId,
    status,
    outcome,
    ok: status >= 200 && status < 300,
    attempts,
    duration_ms: durationMs,
  };
}
