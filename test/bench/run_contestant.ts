import postgres from "postgres";
import { type Contestant, EFFECT_TABLE } from "./contestant.ts";

/** A contestant in a process of its own: `run_contestant.ts <file> <url> <events>`. Answers by message. */
const [file = "", url = "", events = "0"] = process.argv.slice(2);
process.send?.(await runContestant(file, { url, events: Number(events) }));
process.exit(0);

interface Race {
  readonly url: string;
  readonly events: number;
}

/** Runs once to get warm, then once for the seconds. */
async function runContestant(path: string, race: Race): Promise<number> {
  const sql = postgres(race.url, { max: 1 });
  await sql.unsafe(EFFECT_TABLE);
  const contestant: Contestant = await import(path);
  await contestant.start(race.url);
  const warm = Math.ceil(race.events / 10);
  await contestant.run(warm);
  const seconds = await contestant.run(race.events);
  await contestant.stop();
  const [row] = await sql`select count(*)::int as effects from effect`;
  await sql.end();
  const wanted = warm + race.events;
  if (row?.["effects"] !== wanted) throw new Error(`${row?.["effects"]} effects for ${wanted} events`);
  return seconds;
}
