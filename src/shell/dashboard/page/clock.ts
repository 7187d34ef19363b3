import { makeStore } from "./store.ts";

/** The time, as far as what is shown depends on it: it moves while somebody looks. */
export const nowMs = makeStore(Date.now());

const STEP_MS = 5_000;

setInterval(() => {
  if (!document.hidden) nowMs.set(Date.now());
}, STEP_MS);
document.addEventListener("visibilitychange", () => nowMs.set(Date.now()));
