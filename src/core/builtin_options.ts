import type { JsonObject } from "./json.ts";
import type { Kind } from "./kind.ts";
import { type Job, type JobOptions, job, type PolicyOptions } from "./policy.ts";

/** What `policy` leaves to choose and no built-in fixes. */
export type Timing = Pick<
  PolicyOptions<Kind>,
  "settle" | "observed" | "maxAge" | "holdback" | "approval" | "stopAbove" | "sinceMs"
>;

/** What every built-in policy leaves to choose; its kind, its keys and what makes its jobs pointless are fixed. */
export interface BuiltinOptions extends Timing {
  /**
   * Fields for every payload besides the policy's own, which win: what the handler needs to know, such as the name of
   * the function that `sql` calls or the address that `webhook` posts to.
   */
  readonly extra?: JsonObject;
}

/** Options of a policy whose work only you can name. */
export interface HandlerOptions extends BuiltinOptions {
  /** The name of a handler of yours, or of a built-in. */
  readonly handler: string;
}

/** Options of a policy that has a handler to fall back on. */
export interface DefaultedOptions extends BuiltinOptions {
  /** The name of a handler. @default as the policy says */
  readonly handler?: string;
}

/** Options of a policy that sends an e-mail. */
export interface EmailOptions extends BuiltinOptions {
  /** The name of a handler. @default "email" */
  readonly handler?: string;
  /** Names the text. @default the policy's name */
  readonly template?: string;
  /** The sender. @default the handler's own */
  readonly from?: string;
}

const TIMING = ["settle", "observed", "maxAge", "holdback", "approval", "stopAbove", "sinceMs"] as const;

/** The options that `policy` takes, without those that only the built-in knows. */
export function timingOf(options: BuiltinOptions): Timing {
  return Object.fromEntries(TIMING.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/** A job of a built-in: its payload is the policy's own with your `extra`. */
export function task(options: HandlerOptions, payload: JsonObject, jobOptions: JobOptions = {}): Job {
  return job(options.handler, { ...options.extra, ...payload }, jobOptions);
}

/** What an e-mail is made of. */
export interface Mail {
  /** An address; null where Clerk names none and the handler must find it by the ids in `data`. */
  readonly to: string | null;
  readonly template: string;
  /** What the template may say. */
  readonly data: JsonObject;
}

/** A job of a built-in that sends an e-mail: the payload is `{ to, template, data }`, and `from` where you gave one. */
export function emailTask(options: EmailOptions, { to, template, data }: Mail, jobOptions: JobOptions = {}): Job {
  const { handler = "email", from } = options;
  const payload = { to, template: options.template ?? template, ...(from === undefined ? {} : { from }), data };
  return task({ ...options, handler }, payload, jobOptions);
}
