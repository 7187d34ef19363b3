import { expect, test } from "bun:test";
import fc from "fast-check";
import { sql } from "kysely";
import {
  applyToIndex,
  builtin,
  type DocketEffect,
  find,
  type Index,
  type JobOnFile,
  job,
  jobsOf,
  policy,
  refKey,
} from "../../../src/core/mod.ts";
import { readJobs, writeJobs } from "../../../src/shell/store/jobs.ts";
import { makePipeline } from "../../../src/shell/store/pipeline.ts";
import { eachDatabase, resetDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { told } from "../../support/examples.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { POLICIES } from "../../support/policies.ts";
import { decodeStory, type StoryMessage, stories } from "../../support/stories.ts";
import { storyWorldAfter, wantedAmong } from "../../support/story_world.ts";
import { wantedBy } from "../../support/wanted_oracle.ts";

const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 40) };
const LIMIT_MS = 120_000;
const onDelete = fc.constantFrom("erase" as const, "keep" as const);
const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

eachDatabase("the job ledger", (database) => {
  test(
    "always ends in the jobs and the change log that the core ends in, however it came and in which batches",
    async () => {
      await fc.assert(
        fc.asyncProperty(stories, onDelete, cuts, async ({ history, delivered }, mode, sizes) => {
          await resetDatabase(database().db);
          const record = recorder(database(), { onDelete: mode, policies: POLICIES });
          const messages = delivered.map(decodeStory);
          for (let at = 0, turn = 0; at < messages.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            await record(messages.slice(at, at + size));
            at += size;
          }
          const world = storyWorldAfter(delivered, mode);
          const jobs = await allJobs(database());
          expect(wantedAmong(jobs)).toEqual(wantedBy(history, mode));
          expect(sorted(jobs)).toEqual(sorted(jobsOf(world)));
          expect(await changeLogOf(database())).toEqual(
            [...world.changes].flatMap(([edge, { changes }]) => changes.map(({ path }) => `${edge}#${path}`)).sort(),
          );
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );

  test(
    "always ends in the same jobs when batches race",
    async () => {
      await fc.assert(
        fc.asyncProperty(stories, onDelete, async ({ history, delivered }, mode) => {
          await resetDatabase(database().db);
          const record = recorder(database(), { onDelete: mode, policies: POLICIES });
          // A message is recorded first by whichever wins, so each comes once: its receipt is then part of the set.
          const once = [...new Map(delivered.map((it) => [it.svixId, it])).values()].map(decodeStory);
          await Promise.all(once.map((message) => record([message])));
          expect(wantedAmong(await allJobs(database()))).toEqual(wantedBy(history, mode));
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );
});

eachDatabase("a level-triggered job", (database) => {
  test("waits once for many changes, and again when something changes after it ran", async () => {
    const limit = builtin.sessionLimit({ max: 3 });
    const record = recorder(database(), { policies: [limit] });
    const session = (id: string, step: number): StoryMessage => ({
      svixId: `msg_${id}`,
      source: "webhook",
      receivedAtMs: EPOCH_MS + step,
      envelope: {
        type: "session.created",
        instance_id: INSTANCE_ID,
        timestamp: EPOCH_MS + step,
        data: { id, user_id: "user_1", created_at: EPOCH_MS + step, updated_at: EPOCH_MS + step },
      },
    });
    const shown = async (): Promise<readonly object[]> => {
      const { rows } = await sql<object>`select key, state, armed, version from docket.job`.execute(database().db);
      return rows.map((row) => ({ ...row }));
    };
    const key = "session-limit/user/user_1";
    await record([session("sess_1", 5), session("sess_2", 9), session("sess_1", 5)].map(decodeStory));
    expect(await shown()).toEqual([{ key, state: "planned", armed: 1, version: EPOCH_MS + 9 }]);
    await sql`update docket.job set phase = 'done'`.execute(database().db);
    await record([decodeStory(session("sess_3", 7))]);
    expect(await shown()).toEqual([{ key, state: "planned", armed: 2, version: EPOCH_MS + 9 }]);
    await sql`update docket.job set phase = 'running', run = gen_random_uuid(), lease_until = now()`.execute(
      database().db,
    );
    await record([decodeStory(session("sess_4", 8))]);
    expect(await shown()).toEqual([{ key, state: "running", armed: 3, version: EPOCH_MS + 9 }]);
  });
});

eachDatabase("a job that ran when it was read, and waits again when it is written", (database) => {
  test("becomes what is wanted by then", async () => {
    const greet = policy("greet", { kind: "user", once: true, maxAge: "forever" }, ({ after }) =>
      after._tag === "Live" ? [job("mine", { name: after.value.firstName })] : [],
    );
    await recorder(database(), { policies: [greet] })([decodeStory(told("user.created", 1))]);
    const [planned] = await allJobs(database());
    if (planned === undefined) throw new Error("No job was planned");
    const { ref } = planned.job;
    const none: Index = {
      guard: { _tag: "FirstSeen", pinned: INSTANCE_ID, examples: [], welcome: [] },
      onDelete: "erase",
      policies: [greet],
      ledger: new Map(),
      entities: new Map(),
    };
    const read: JobOnFile = { ...planned, phase: "running" };
    const before = { ...none, entities: new Map([[refKey(ref), { ...find(none, ref), jobs: [read] }]]) };
    const wanted = { ...planned.job, payload: { name: "Grace" }, asOfMs: planned.job.asOfMs + 1 };
    const effects: readonly DocketEffect[] = [{ _tag: "PlanJob", job: wanted, moot: false }];
    await database()
      .db.transaction()
      .execute((tx) => {
        const line = makePipeline(tx);
        writeJobs(line, effects, { before, after: applyToIndex(before, effects) });
        return line.flush();
      });
    expect(await allJobs(database())).toEqual([{ ...planned, job: wanted }]);
  });
});

async function allJobs({ db }: TestDatabase): Promise<readonly JobOnFile[]> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      kind: "user";
      id: string;
    }>`select distinct kind, entity as id from docket.job`.execute(tx);
    return [...(await readJobs(tx, rows)).values()].flat();
  });
}

function sorted(jobs: readonly JobOnFile[]): readonly JobOnFile[] {
  return jobs.toSorted((left, right) => (left.job.key < right.job.key ? -1 : 1));
}

async function changeLogOf({ db }: TestDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select entity_kind || '/' || entity_id || '#' || intent || '#' || path as line from clerk.changes`.execute(db);
  return rows.map(({ line }) => line).sort();
}
