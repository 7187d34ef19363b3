import { cleanUp } from "../support/cleanup.ts";
import { FLAVORS, openTestDatabase } from "../support/databases.ts";
import { raceEnsure } from "../support/ensure_race.ts";

/**
 * Users who are read through to Clerk while their webhooks come, in both orders and at once, on both databases. Each must be
 * one row, as Clerk has it, and welcomed once.
 *
 *     bun test/soak/ensure.ts [users] [concurrency]      (3000 and 48 unless said: a third in each order)
 */
const USERS = Number(process.argv[2] ?? 3_000);
const CONCURRENCY = Number(process.argv[3] ?? 48);

for (const flavor of FLAVORS) {
  const database = await openTestDatabase(flavor);
  const startedMs = performance.now();
  const result = await raceEnsure(database, { users: USERS, concurrency: CONCURRENCY });
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  const { users, rows, fetched, wrongRows, wrongWelcomes, wrongAnswers, putOff } = result;
  const wrong = wrongRows.length + wrongWelcomes.length + wrongAnswers.length + Math.abs(users - rows);
  console.log(
    `${flavor}: ${users} users, ${rows} rows, ${fetched} asked for at Clerk, ${wrongRows.length} rows wrong, ${wrongWelcomes.length} not welcomed once, ${wrongAnswers.length} answers wrong, ${putOff} put off, in ${seconds} s`,
  );
  if (wrong > 0) {
    console.error(wrongRows.slice(0, 5), wrongWelcomes.slice(0, 5), wrongAnswers.slice(0, 5));
    process.exitCode = 1;
  }
  await database.close();
}
await cleanUp();
process.exit(process.exitCode ?? 0);
