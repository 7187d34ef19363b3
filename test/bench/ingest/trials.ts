import postgres from "postgres";
import type { Entry } from "./entries.ts";
import { idOf, type OneMessage, type Parcel, parcelOf } from "./one_message.ts";

/** A server that runs, and its database. */
export interface Subject {
  readonly entry: Entry;
  readonly port: number;
  readonly url: string;
}

/** What a trial found. */
export interface Verdict {
  readonly isRight: boolean;
  /** What happened, in a few words. */
  readonly text: string;
}

export interface Trial {
  /** What is done. */
  readonly name: string;
  run(subject: Subject): Promise<Verdict>;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

export const TRIALS: readonly Trial[] = [
  {
    name: "two changes within one second, the newer one first",
    run: async (subject) => {
      const atMs = wholeSecondAgo();
      await tell(subject, { event: "created", key: "second", atMs: atMs - MINUTE_MS, name: "first" });
      await tell(subject, { event: "updated", key: "second", atMs: atMs + 600, name: "newer" });
      await tell(subject, { event: "updated", key: "second", atMs: atMs + 100, name: "older" });
      return expectName(subject, { key: "second", name: "newer" });
    },
  },
  {
    name: "the same, in order",
    run: async (subject) => {
      const atMs = wholeSecondAgo();
      await tell(subject, { event: "created", key: "order", atMs: atMs - MINUTE_MS, name: "first" });
      await tell(subject, { event: "updated", key: "order", atMs: atMs + 100, name: "older" });
      await tell(subject, { event: "updated", key: "order", atMs: atMs + 600, name: "newer" });
      return expectName(subject, { key: "order", name: "newer" });
    },
  },
  {
    name: "a change that is an hour late",
    run: async (subject) => {
      const atMs = wholeSecondAgo();
      await tell(subject, { event: "updated", key: "late", atMs, name: "newer" });
      await tell(subject, { event: "updated", key: "late", atMs: atMs - 60 * MINUTE_MS, name: "older" });
      return expectName(subject, { key: "late", name: "newer" });
    },
  },
  {
    name: "a change that comes after the deletion it preceded",
    run: async (subject) => {
      const atMs = wholeSecondAgo();
      await tell(subject, { event: "created", key: "gone", atMs: atMs - MINUTE_MS, name: "first" });
      await tell(subject, { event: "deleted", key: "gone", atMs, name: "" });
      const before = await nameOf(subject, "gone");
      await tell(subject, { event: "updated", key: "gone", atMs: atMs - 10 * SECOND_MS, name: "risen" });
      const found = await nameOf(subject, "gone");
      if (before !== null) return { isRight: false, text: "the deletion deleted nothing" };
      return { isRight: found === null, text: found === null ? "stays deleted" : "is there again" };
    },
  },
  {
    name: "a creation that comes again, after a change",
    run: async (subject) => {
      const atMs = wholeSecondAgo();
      const first = parcelOf({
        sender: subject.entry.sender,
        event: "created",
        key: "twice",
        atMs: atMs - MINUTE_MS,
        name: "older",
      });
      await post(subject, first);
      await tell(subject, { event: "updated", key: "twice", atMs, name: "newer" });
      await post(subject, first);
      return expectName(subject, { key: "twice", name: "newer" });
    },
  },
  {
    name: "a signature of ten minutes ahead",
    run: (subject) =>
      expectRefusal(subject, { event: "created", key: "ahead", signedAtMs: Date.now() + 10 * MINUTE_MS }),
  },
  {
    name: "a signature of ten minutes ago",
    run: (subject) => expectRefusal(subject, { event: "created", key: "ago", signedAtMs: Date.now() - 10 * MINUTE_MS }),
  },
  {
    name: "a body that was changed on the way",
    run: async (subject) => {
      const atMs = wholeSecondAgo();
      const { headers, body } = parcelOf({
        sender: subject.entry.sender,
        event: "created",
        key: "forged",
        atMs,
        name: "true",
      });
      return judgeRefusal(await post(subject, { headers, body: body.replace("true", "lies") }));
    },
  },
];

/** So that what is told of one second is not of the next. */
function wholeSecondAgo(): number {
  return Math.floor(Date.now() / SECOND_MS) * SECOND_MS - 2 * SECOND_MS;
}

/** Gives the status. */
export async function post({ entry, port }: Subject, { headers, body }: Parcel): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${port}${entry.path}`, { method: "POST", headers, body });
  await reply.arrayBuffer();
  return reply.status;
}

async function tell(subject: Subject, message: Omit<OneMessage, "sender">): Promise<void> {
  const status = await post(subject, parcelOf({ sender: subject.entry.sender, ...message }));
  if (status < 200 || status > 299) throw new Error(`${subject.entry.name} answered ${status} to ${message.event}`);
}

/** Null: there is none. */
async function nameOf({ entry, url }: Subject, key: string): Promise<string | null> {
  const sql = postgres(url, { max: 1 });
  const rows = await sql.unsafe(`select name from (${entry.live}) it where id = $1`, [idOf(entry.sender, key)]);
  await sql.end();
  return rows.length === 0 ? null : String(rows[0]?.["name"]);
}

async function expectName(subject: Subject, wanted: { readonly key: string; readonly name: string }): Promise<Verdict> {
  const found = await nameOf(subject, wanted.key);
  return { isRight: found === wanted.name, text: found === null ? "is not there" : `has the ${found} one` };
}

async function expectRefusal(
  subject: Subject,
  message: Pick<OneMessage, "event" | "key"> & { readonly signedAtMs: number },
): Promise<Verdict> {
  const parcel = parcelOf({ sender: subject.entry.sender, atMs: wholeSecondAgo(), name: "any", ...message });
  return judgeRefusal(await post(subject, parcel));
}

function judgeRefusal(status: number): Verdict {
  const isTaken = status >= 200 && status < 300;
  return { isRight: !isTaken, text: `${isTaken ? "taken" : "refused"} with ${status}` };
}
