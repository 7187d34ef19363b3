import { job, policy } from "../../../src/core/mod.ts";

/** Plans one job for each new user. It waits: what is measured is that it is planned, not what it does. */
export const LATER = policy("later", { kind: "user", once: true, stopAbove: false }, ({ after, ref }) =>
  after._tag === "Live" && after.event === "user.created" ? [job("log", { userId: ref.id }, { after: "1 day" })] : [],
);
