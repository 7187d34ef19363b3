import { expect, test } from "bun:test";
import fc from "fast-check";
import { sql } from "kysely";
import type { OnDelete } from "../../../src/core/mod.ts";
import { rebuild } from "../../../src/shell/rebuild/rebuild.ts";
import type { Difference } from "../../../src/shell/verify/difference.ts";
import { batched } from "../../support/batched.ts";
import { eachDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { parentsOf } from "../../support/oracle.ts";
import { POLICIES } from "../../support/policies.ts";
import { droppedIn, forgetRetained, retainAll } from "../../support/retained.ts";
import { dumpOfTables } from "../../support/sql_mirror.ts";
import { decodeStory, type StoryMessage, stories } from "../../support/stories.ts";
import { verifyAll } from "../../support/verified.ts";

const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 25) };
const LIMIT_MS = 120_000;
const DAY_MS = 86_400_000;

const onDelete = fc.constantFrom("erase" as const, "keep" as const);
const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
/** Cutoffs before, between and after all receipts of a story; null: nothing is dropped. */
const cutoff = fc.constantFrom(...[0, 12, 18, 60, 3 * DAY_MS + 14, 9 * DAY_MS].map((ms) => EPOCH_MS + ms));
/** The last of them after all receipts. */
const ends = fc.array(cutoff, { maxLength: 3 }).map((some) => [...some, EPOCH_MS + 9 * DAY_MS]);
const turns = fc.array(fc.option(cutoff), { minLength: 1, maxLength: 6 });

eachDatabase("retention", (database) => {
  test(
    "never changes what the tables say, nor what verify and rebuild find, whatever comes before and after",
    async () => {
      await fc.assert(
        fc.asyncProperty(stories, onDelete, cuts, turns, async ({ delivered }, mode, sizes, cutoffs) => {
          const messages = delivered.map(decodeStory);
          await resetDatabase(database().db);
          const record = recorder(database(), { onDelete: mode, policies: POLICIES });
          for (const batch of batched(messages, sizes)) await record(batch);
          const { changes: _kept, ...untouched } = await dumpOfTables(database().db);

          await resetDatabase(database().db);
          for (const [turn, batch] of batched(messages, sizes).entries()) {
            await record(batch);
            await finishJobs(database());
            const beforeMs = cutoffs[turn % cutoffs.length] ?? null;
            await forgetRetained(database());
            if (beforeMs !== null) await retainAll(database(), beforeMs);
          }
          const { changes: _rest, ...tables } = await dumpOfTables(database().db);
          expect(tables).toEqual(untouched as never);
          const pages = await verifyAll(database(), mode);
          expect(pages.flatMap(({ differences }) => differences)).toEqual([]);
          expect(await rebuilt(database(), mode)).toEqual([]);
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );

  test(
    "always drops what was replaced by then, as a reading of the whole history says, and never more",
    async () => {
      let dropped = 0;
      await fc.assert(
        fc.asyncProperty(stories, ends, async ({ history }, cutoffs) => {
          await resetDatabase(database().db);
          const messages = history.map(decodeStory);
          await recorder(database(), { onDelete: "keep" })(messages);
          const before = await payloadsOf(database());
          for (const beforeMs of cutoffs.toSorted((left, right) => left - right)) {
            await retainAll(database(), beforeMs);
            const wanted = replacedBy(history, beforeMs);
            expect(await droppedIn(database())).toEqual(wanted);
            dropped += wanted.length;
          }
          const gone = new Set(await droppedIn(database()));
          for (const [id, payload] of await payloadsOf(database())) {
            expect(payload).toBe(gone.has(id) ? "" : (before.get(id) ?? "?"));
          }
        }),
        RUNS,
      );
      expect(dropped).toBeGreaterThan(RUNS.numRuns / 4);
    },
    LIMIT_MS,
  );
});

interface LifeVersion {
  readonly id: string;
  readonly place: readonly (number | string)[];
  readonly receivedAtMs: number;
  readonly parents: readonly string[];
}

/** By the letter of the promise: older than this, and so is what replaced it; and it alone names no parent. */
function replacedBy(history: readonly StoryMessage[], beforeMs: number): readonly string[] {
  const lives = new Map<string, LifeVersion[]>();
  for (const story of history) {
    const message = decodeStory(story);
    if (message._tag !== "Changed") continue;
    const { ref, version, receivedAtMs } = message;
    const place = [version.asOfMs, version.rank, version.timestampMs, version.svixId];
    const life = lives.get(`${ref.kind}/${ref.id}`) ?? [];
    const parents = parentsOf(story);
    lives.set(`${ref.kind}/${ref.id}`, [...life, { id: version.svixId, place, receivedAtMs, parents }]);
  }
  return [...lives.values()].flatMap((life) => replacedIn(life, beforeMs)).sort();
}

function replacedIn(life: readonly LifeVersion[], beforeMs: number): readonly string[] {
  const inOrder = life.toSorted((left, right) => inPlace(left.place, right.place));
  const newest = inOrder.at(-1);
  return inOrder
    .filter(({ receivedAtMs, parents }, at) => {
      const next = inOrder[at + 1];
      const isOld = next !== undefined && receivedAtMs < beforeMs && next.receivedAtMs < beforeMs;
      return isOld && parents.every((parent) => newest?.parents.includes(parent));
    })
    .map(({ id }) => id);
}

function inPlace(left: readonly (number | string)[], right: readonly (number | string)[]): number {
  const at = left.findIndex((it, index) => it !== right[index]);
  if (at < 0) return 0;
  return (left[at] ?? 0) < (right[at] ?? 0) ? -1 : 1;
}

async function payloadsOf({ db }: TestDatabase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; payload: string }>`select svix_id as id, payload from docket.log`.execute(
    db,
  );
  return new Map(rows.map(({ id, payload }) => [id, payload]));
}

/** As the worker would: what waits holds its entity's payloads. */
async function finishJobs({ db }: TestDatabase): Promise<void> {
  await sql`update docket.job set phase = 'done', attempts = 1, finished_at = now()
    where phase = 'pending' and wanted and not moot`.execute(db);
}

async function rebuilt({ db }: TestDatabase, mode: OnDelete): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  const onPage = (page: { readonly differences: readonly Difference[] }): void => void found.push(...page.differences);
  await rebuild(db, { onDelete: mode, swap: true, keep: false, onPage });
  return found;
}
