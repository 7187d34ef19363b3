import { Duration, Effect, LogLevel, type Redacted } from "effect";
import { type AnswerNeeds, makeAnswer, type Question } from "./api/answer.ts";
import { makeGuard } from "./api/guard.ts";
import { Arrivals } from "./arrival/arrivals.ts";
import { makeBodyBudget } from "./body_budget.ts";
import { makeLogin } from "./dashboard/login.ts";
import { Database } from "./database/database.ts";
import { pendingMigrations } from "./database/migrate.ts";
import { handleWebhook } from "./handle_webhook.ts";
import { makeHttp } from "./http.ts";
import { Ingest } from "./ingest.ts";
import { LiveFeed } from "./live/live_feed.ts";
import { liveResponse } from "./live/live_response.ts";
import { makeDeliveryCounts } from "./metrics/delivery_counts.ts";
import { writeMetrics } from "./metrics/write_metrics.ts";
import { type DataReply, errorReply, type Reply } from "./reply.ts";
import { shareAnswer } from "./shared_answer.ts";
import { Measured } from "./signals/measured.ts";
import type { Verify } from "./signature.ts";
import { describeDefect, describeFault } from "./store/fault.ts";
import { CurrentTracing } from "./telemetry/tracing.ts";

export interface HttpServiceOptions {
  readonly maxBodyBytes: number;
  /** False: there is no route for webhooks. */
  readonly takesWebhooks: boolean;
  readonly verify: Verify;
  /** Opens the API to whoever sends it. Absent: only this machine itself is answered. */
  readonly adminToken: Redacted.Redacted<string> | undefined;
  /** @default false */
  readonly showsDashboard?: boolean;
  /** @default 10_000, of one body */
  readonly bodyTimeLimitMs?: number;
  /** @default 24_000_000, of all bodies in memory */
  readonly bodiesBytesMax?: number;
}

/** What the routes stand on. */
export type HttpNeeds = Ingest | AnswerNeeds;

/** The routes with all behind them, and no socket. */
export interface HttpService {
  readonly http: ReturnType<typeof makeHttp>;
  /** Answers as the API does, to callers in this process. */
  readonly ask: (question: Question) => Promise<Reply | DataReply>;
  /** From now on nothing is taken nor answered but "come again", and waits end. */
  readonly stop: () => void;
}

/** Unsigned bodies come from anybody: what all of them together may hold, and how long each may take. */
const BODIES_BYTES_MAX = 24_000_000;
const BODY_TIME_LIMIT_MS = 10_000;

const READY_TIMEOUT = Duration.seconds(3);
/** How old an answer of `/readyz` may be: however many ask, the database is asked once a second. */
const READY_KEEP_MS = 1_000;

/** Puts the routes over the services. */
export function makeHttpService(options: HttpServiceOptions): Effect.Effect<HttpService, never, HttpNeeds> {
  return Effect.gen(function* () {
    const services = yield* Effect.context<HttpNeeds>();
    const run = Effect.runPromiseWith(services);
    const { dismiss } = yield* Arrivals;
    const answer = yield* makeAnswer;
    const feed = yield* makeFeed;
    const deliveries = makeDeliveryCounts();
    let stopping = false;
    const { take } = yield* Ingest;
    const isDebugged = yield* LogLevel.isEnabled("Debug");
    const settings = {
      ...options,
      bodyTimeLimitMs: options.bodyTimeLimitMs ?? BODY_TIME_LIMIT_MS,
      bodies: makeBodyBudget(options.bodiesBytesMax ?? BODIES_BYTES_MAX),
      take,
      tracing: yield* CurrentTracing,
      debug: isDebugged
        ? (message: string, fields: Readonly<Record<string, unknown>>): void =>
            void run(Effect.logDebug(message, fields))
        : null,
    };
    const webhook = async (request: Request): Promise<Reply> => {
      if (stopping) return errorReply("unavailable", "The service is stopping: send the message again");
      const reply = await handleWebhook(request, settings);
      deliveries.count(reply);
      return reply;
    };
    const ask = (question: Question): Promise<Reply | DataReply> =>
      stopping
        ? Promise.resolve(errorReply("unavailable", "The service is stopping: ask again"))
        : run(answer(question));
    const problem = shareAnswer(() => run(findProblem), READY_KEEP_MS);
    const metrics = shareAnswer(
      () => run(writeMetrics({ deliveries, liveListeners: () => feed.count })),
      READY_KEEP_MS,
    );
    const guard = makeGuard(options.adminToken);
    const onWrong = (): void => void run(Effect.logWarning("Dashboard: somebody tried to sign in with a wrong token"));
    const login = makeLogin({ guard, adminToken: options.adminToken, onWrong });
    const http = makeHttp({
      webhook: options.takesWebhooks ? webhook : null,
      api: { guard, ask, live: (request, options) => liveResponse(feed, request, options) },
      dashboard: options.showsDashboard === true ? { guard, login } : null,
      notReady: () => run(inTime(problem)),
      metrics,
      onDefect: (defect) => void run(Effect.logError("Request failed by a defect", describeDefect(defect))),
    });
    const stop = (): void => {
      stopping = true;
      dismiss();
      feed.close();
    };
    return { http, ask, stop };
  });
}

const makeFeed = Effect.gen(function* () {
  const { db } = yield* Database;
  const { signals } = yield* Measured;
  const log = Effect.runForkWith(yield* Effect.context<never>());
  const onFault = (cause: unknown): void => void log(Effect.logWarning("Live feed not read", describeFault(cause)));
  return new LiveFeed(db, signals, { onFault });
});

const SILENT = "the database does not answer";

/** Null when the service is ready. Ends, since the database's sessions have limits of their own. */
const findProblem = Effect.gen(function* () {
  const { db } = yield* Database;
  const pending = yield* pendingMigrations(db);
  return pending.length === 0 ? null : `migrations are pending: ${pending.join(", ")}`;
}).pipe(Effect.catch(() => Effect.succeed(SILENT)));

/** Each caller waits for its own time; the question goes on for those who ask later. */
function inTime(problem: () => Promise<string | null>): Effect.Effect<string | null> {
  return Effect.promise(problem).pipe(
    Effect.timeoutOrElse({ duration: READY_TIMEOUT, orElse: () => Effect.succeed(SILENT) }),
  );
}
