import { expect, test } from "bun:test";
import fc from "fast-check";
import { sql } from "kysely";
import { batched } from "../../support/batched.ts";
import { eachDatabase, resetDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { expectRows } from "../../support/expect_rows.ts";
import { deliveries, INSTANCE_ID } from "../../support/histories.ts";
import { decodeWire, rowsOfWorld, worldAfter } from "../../support/mirror.ts";
import { expectedRows } from "../../support/oracle.ts";
import { dumpOfTables, rowsOfDatabase } from "../../support/sql_mirror.ts";

/** A database is slower than memory; a nightly run raises it with FC_RUNS. */
const RUNS = { numRuns: Number(process.env["FC_RUNS"] ?? 40) };
const LIMIT_MS = 120_000;
const onDelete = fc.constantFrom("erase" as const, "keep" as const);
const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });

eachDatabase("EventStore.record()", (database) => {
  test(
    "always leaves in SQL what the core leaves in memory, however delivery is shuffled, repeated and batched",
    async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, onDelete, cuts, async ({ history, delivered }, mode, sizes) => {
          const { db } = database();
          await resetDatabase(db);
          const record = recorder(database(), { onDelete: mode });
          const messages = delivered.map(decodeWire);
          for (const batch of batched(messages, sizes)) await record(batch);

          const world = worldAfter(delivered, mode);
          const shown = await rowsOfDatabase(db);
          expectRows(shown, expectedRows(history, { onDelete: mode }));
          expect(sorted(shown)).toEqual(sorted(rowsOfWorld(world)));
          expect(await logOf(db)).toEqual(
            [...world.log.values()]
              .map((it) => ({
                svix_id: it.envelope.svixId,
                outcome: it.outcome,
                deliveries: it.deliveries,
                erased: it.erased,
                entity_id: it.ref?.id ?? null,
                received_at_ms: it.envelope.receivedAtMs,
              }))
              .sort((left, right) => (left.svix_id < right.svix_id ? -1 : 1)),
          );
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );

  test(
    "always ends in the same tables when batches race",
    async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, onDelete, cuts, async ({ history, delivered }, mode, sizes) => {
          const { db } = database();
          await resetDatabase(db);
          const record = recorder(database(), { onDelete: mode });
          await Promise.all(batched(delivered.map(decodeWire), sizes).map(record));
          expectRows(await rowsOfDatabase(db), expectedRows(history, { onDelete: mode }));
          const counted = await logOf(db);
          expect(counted.reduce((sum, { deliveries: count }) => sum + count, 0)).toBe(delivered.length);
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );

  test(
    "always writes the same bytes to every column, parts included, in any order",
    async () => {
      await fc.assert(
        fc.asyncProperty(deliveries, onDelete, async ({ history, delivered }, mode) => {
          const { db } = database();
          const dumps = [];
          for (const order of [history, delivered]) {
            await resetDatabase(db);
            await recorder(database(), { onDelete: mode })(order.map(decodeWire));
            dumps.push(await dumpOfTables(db));
          }
          expect(dumps[1]).toEqual(dumps[0] as never);
        }),
        RUNS,
      );
    },
    LIMIT_MS,
  );

  test("files a message once that names no entity, wherever its copies come at once", async () => {
    const envelope = { type: "unheard.of", instance_id: INSTANCE_ID, timestamp: 1, data: { id: "x_1" } };
    const message = decodeWire({ svixId: "msg_1", envelope });
    const answers = await Promise.all(Array.from({ length: 8 }, () => recorder(database())([message])));
    expect(answers.flat().filter((it) => it !== "duplicate")).toEqual(["ignored"]);
    expect(await logOf(database().db)).toMatchObject([{ svix_id: "msg_1", deliveries: 8 }]);
  });
});

function sorted<T>(rows: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...rows].sort(([left], [right]) => (left < right ? -1 : 1));
}

interface LoggedMessage {
  readonly svix_id: string;
  readonly deliveries: number;
}

async function logOf(db: Parameters<typeof rowsOfDatabase>[0]): Promise<readonly LoggedMessage[]> {
  const { rows } = await sql<LoggedMessage>`
    select svix_id, outcome, deliveries, erased, entity_id,
      (extract(epoch from received_at) * 1000)::bigint as received_at_ms
    from docket.event order by svix_id collate "C"`.execute(db);
  return rows;
}
