import type { Json, Policy } from "../../core/mod.ts";

/** What a handler knows besides the job's payload. */
export interface HandlerContext {
  /** The job's key: send it to the receiver as idempotency key, since a job may be tried more than once. */
  readonly key: string;
  /** Aborted when the job took too long, or the process stops. */
  readonly signal: AbortSignal;
}

/** Your code for the jobs that name it. It may be called again for the same job, with the same key. */
export type Handler = (payload: Json, context: HandlerContext) => Promise<void>;

/** What `docket.config.ts` gives as its default export. */
export interface DocketConfig {
  /** Which jobs a change wants. @default none */
  readonly policies?: readonly Policy[];
  /** By the name that jobs call them by. @default none */
  readonly handlers?: Readonly<Record<string, Handler>>;
}

/** Gives back the config as it is, checked by the compiler. */
export function defineConfig(config: DocketConfig): DocketConfig {
  return config;
}
