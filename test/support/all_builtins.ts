import { builtin, type Policy } from "../../src/core/mod.ts";

/** Every built-in policy, switched on. */
export const BUILTINS: readonly Policy[] = Object.values(builtin).map(
  (make) => make({ handler: "log", max: 3 }) as Policy,
);
