import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { eachDatabase, resetDatabase } from "../support/databases.ts";
import { PAYLOADS, type Payload } from "../support/payloads.ts";
import { type Service, send, startService } from "../support/service.ts";
import { eachOf, shuffled } from "../support/shuffled.ts";
import { dumpOfTables } from "../support/sql_mirror.ts";

const INSTANCE_IDS = [...new Set(PAYLOADS.map(({ envelope }) => String(envelope["instance_id"])))];
const SHUFFLES = [1, 2, 3];

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("all example payloads, signed and sent", (database) => {
  test.each([
    ["erase", 15],
    ["keep", 17],
  ] as const)(
    "shuffled, three times each, give the tables of the ordered single delivery (%s)",
    async (onDelete, filled) => {
      const { db } = database();
      const running = await startService(database(), { instanceIds: INSTANCE_IDS, onDelete });
      service = running;
      const ordered = PAYLOADS.toSorted((left, right) => left.envelope.timestamp - right.envelope.timestamp);
      for (const payload of ordered) expect(["applied", "stale"]).toContain(await outcomeOf(running, payload));
      const expected = await dumpOfTables(db);
      expect(Object.keys(expected)).toHaveLength(filled);

      for (const seed of SHUFFLES) {
        await resetDatabase(db);
        const thrice = shuffled([...PAYLOADS, ...PAYLOADS, ...PAYLOADS], seed);
        await eachOf(thrice, { concurrency: 16 }, async (payload) => {
          expect(["applied", "stale", "duplicate"]).toContain(await outcomeOf(running, payload));
        });
        expect(await dumpOfTables(db)).toEqual(expected as never);
        const { rows } = await sql<{ messages: number; deliveries: number }>`
        select count(*) as messages, sum(deliveries)::int as deliveries from docket.event`.execute(db);
        expect(rows.map((row) => ({ ...row }))).toEqual([{ messages: PAYLOADS.length, deliveries: thrice.length }]);
      }
    },
    60_000,
  );
});

async function outcomeOf(running: Service, { file, body }: Payload): Promise<string> {
  const reply = await send(running, body, { id: `msg_${file}` });
  return ((await reply.json()) as { outcome: string }).outcome;
}
