import { type Json, spanMs } from "../../core/mod.ts";
import type { Handler, HandlerRun, HandlingOptions } from "../handler/handler.ts";

/** A handler with every option decided. */
export interface ResolvedHandler {
  readonly name: string;
  /** Null: a function in the database, called in the transaction that says that the job is done. */
  readonly run: HandlerRun | null;
  readonly timeoutMs: number;
  readonly attemptsMax: number;
  readonly concurrency: number;
  /** Null: no limit. */
  readonly rate: { readonly jobs: number; readonly perMs: number } | null;
  readonly ordered: boolean;
  readonly targetOf: (payload: Json) => string;
  readonly close: () => Promise<void>;
}

/** The handlers of a process, by name. */
export type Handlers = ReadonlyMap<string, ResolvedHandler>;

const TIMEOUT_MS = 30_000;
const ATTEMPTS_MAX = 20;
const CONCURRENCY = 32;
/** What only touches this process and its database costs little to have under way. */
const LOCAL_CONCURRENCY = 500;

/** The name of the handler that calls functions in the database. */
export const SQL_HANDLER = "sql";

/** Decides every option of these handlers; the built-in `sql` is among them. */
export function resolveHandlers(handlers: Readonly<Record<string, Handler>>): Handlers {
  const own = Object.entries(handlers).map(([name, it]) => resolve(name, it));
  return new Map([sqlHandler(), ...own].map((it) => [it.name, it]));
}

function resolve(name: string, handler: Handler): ResolvedHandler {
  const options = typeof handler === "function" ? { run: handler } : handler;
  const { run, target } = options as HandlingOptions & { readonly run: HandlerRun };
  const { timeout, attempts, concurrency, rate, order } = options as HandlingOptions;
  return {
    name,
    run,
    timeoutMs: (timeout === undefined ? null : spanMs(timeout)) ?? TIMEOUT_MS,
    attemptsMax: attempts ?? ATTEMPTS_MAX,
    concurrency: concurrency ?? CONCURRENCY,
    rate: rate === undefined ? null : { jobs: rate.jobs, perMs: spanMs(rate.per) ?? 1_000 },
    ordered: order === "entity",
    targetOf: target ?? (() => name),
    close: closeOf(handler),
  };
}

function sqlHandler(): ResolvedHandler {
  return {
    name: SQL_HANDLER,
    run: null,
    timeoutMs: TIMEOUT_MS,
    attemptsMax: ATTEMPTS_MAX,
    concurrency: LOCAL_CONCURRENCY,
    rate: null,
    ordered: false,
    targetOf: () => SQL_HANDLER,
    close: async () => undefined,
  };
}

function closeOf(handler: Handler): () => Promise<void> {
  const { close } = handler as { readonly close?: () => Promise<void> };
  return close ?? (async () => undefined);
}
