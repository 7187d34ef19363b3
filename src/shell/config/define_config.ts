import type { Policy } from "../../core/mod.ts";
import type { Handler } from "../handler/handler.ts";
import type { SilenceHook } from "../silence/tell_hook.ts";

/** What `docket.config.ts` gives as its default export. */
export interface DocketConfig {
  /** Which jobs a change wants. @default none */
  readonly policies?: readonly Policy[];
  /**
   * By the name that jobs call them by: functions of yours, or what `email()`, `webhook()`, `slack()` and `handler()`
   * make. `log`, `sql` and `clerk` are there without being named; under those names, yours take their place.
   * @default none
   */
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** Called by the service itself, not by jobs. @default none */
  readonly hooks?: Hooks;
}

/** Your code for what the service finds out. */
export interface Hooks {
  /** Clerk's webhooks stopped coming, or come again: tell whoever can look at Clerk's Dashboard. At least once each. */
  readonly silence?: SilenceHook;
}

/** Gives back the config as it is, checked by the compiler. */
export function defineConfig(config: DocketConfig): DocketConfig {
  return config;
}
