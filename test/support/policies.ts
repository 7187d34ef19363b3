import { type Job, job, type Policy, policy, type Side } from "../../src/core/mod.ts";

/** Policies that tell everything they see, so that an edge with another end is a job with another payload. */
const audit = policy("audit", { kind: "user", until: "never", maxAge: "forever", settle: 7 }, ({ before, after }) => [
  job(
    "log",
    { from: markOf(before), to: markOf(after), event: after.event, gone: after._tag === "Deleted" },
    { after: 5 },
  ),
]);
const observing = policy("observing", { kind: "user", observed: true, maxAge: "3 days" }, ({ before, after }) =>
  after._tag === "Live" ? [job("log", { from: markOf(before), to: markOf(after) })] : [],
);
/** Depends on what the last version said, which erasure takes away. */
export const goodbye = policy("goodbye", { kind: "user" }, ({ after }) =>
  after._tag === "Deleted" && after.value?.firstName === "red" ? [job("email", { to: after.value.firstName })] : [],
);
const welcome = policy("welcome", { kind: "user", once: true }, ({ after }) =>
  after._tag === "Live" && after.event === "user.created" ? [job("email", { to: after.value.firstName })] : [],
);
const firstRed = policy(
  "first-red",
  { kind: "user", once: true, observed: true, maxAge: "forever", until: "never" },
  ({ before, after }) => (markOf(after) === "red" ? [job("log", { from: markOf(before), event: after.event })] : []),
);
const access = policy(
  "access",
  { kind: "organization_membership", maxAge: "forever" },
  ({ before, after }): readonly Job[] => {
    if (after._tag === "Deleted") return [job("revoke", { user: after.value?.userId ?? null })];
    return before._tag === "Absent"
      ? [job("grant", { user: after.value.userId }, { needs: [{ kind: "user", id: "user_1" }] })]
      : [];
  },
);
const reminder = policy(
  "reminder",
  { kind: "session", maxAge: "forever", until: { status: ["ended"] } },
  ({ before }) => (before._tag === "Absent" ? [job("email", { say: "still there?" }, { after: "3 days" })] : []),
);
export const POLICIES: readonly Policy[] = [goodbye, audit, observing, welcome, firstRed, access, reminder];

function markOf(side: Side<"user">): string | null {
  const metadata = side._tag === "Absent" ? null : side.value?.publicMetadata;
  return (metadata?.["mark"] ?? null) as string | null;
}
