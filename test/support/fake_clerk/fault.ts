import { type FakeReply, refused } from "./reply.ts";

/** How a call goes wrong. */
export type Fault =
  /** An error of Clerk's, instead of what was asked for. */
  | { readonly _tag: "Refuse"; readonly status: number; readonly code: string; readonly retryAfterSeconds?: number }
  /** Answered late. */
  | { readonly _tag: "Slow"; readonly ms: number }
  /** The connection breaks: before anything is done, or when it is done and only the answer is lost. */
  | { readonly _tag: "Drop"; readonly done: boolean }
  /** What a proxy in between answers: not JSON. */
  | { readonly _tag: "Page"; readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** Which calls. */
export interface FaultOptions {
  readonly method?: string;
  /** Of the path after `/v1`. */
  readonly path?: RegExp;
  /** So many calls, and then no more. @default 1 */
  readonly times?: number;
  /** So many calls that fit go well before. @default 0 */
  readonly after?: number;
}

/** Faults that wait for their calls. */
export class Faults {
  readonly #planned: { readonly fault: Fault; readonly options: FaultOptions; left: number; ahead: number }[] = [];

  plan(fault: Fault, options: FaultOptions): void {
    this.#planned.push({ fault, options, left: options.times ?? 1, ahead: options.after ?? 0 });
  }

  /** The first planned fault that fits, used up. */
  take(method: string, path: string): Fault | undefined {
    for (const planned of this.#planned) {
      const { options, left } = planned;
      const fits = (options.method ?? method) === method && (options.path === undefined || options.path.test(path));
      if (left === 0 || !fits) continue;
      if (planned.ahead === 0) {
        planned.left -= 1;
        return planned.fault;
      }
      planned.ahead -= 1;
    }
    return undefined;
  }
}

/** The answer of a call that is refused. */
export function refusalOf({ status, code, retryAfterSeconds }: Fault & { readonly _tag: "Refuse" }): FakeReply {
  const reply = refused(status, { code, message: "told to. Ada Lovelace, ada@example.org" });
  return retryAfterSeconds === undefined ? reply : { ...reply, headers: { "retry-after": String(retryAfterSeconds) } };
}
