import postgres from "postgres";

/**
 * Senders at a time, as a web server has that gets events: each has its next one when its last is on disk. Few of them
 * leave little to be written together.
 */
const SENDERS = Number(process.env["SENDERS"] ?? 128);
const LOOK_MS = 20;
/** Without one more effect row for so long, a run has failed. */
const STALL_LIMIT_MS = 60_000;

export interface Measured {
  readonly events: number;
  /** Enqueues one event with this key; resolves when it is safe. */
  send(key: string): Promise<unknown>;
}

let runs = 0;

/** Sends events and waits for their effects. Gives the seconds between, by the server's own clock. */
export async function measure(url: string, { events, send }: Measured): Promise<number> {
  const sql = postgres(url, { max: 1, fetch_types: false });
  const run = ++runs;
  try {
    const before = await countEffects(sql);
    const [start] = await sql`select extract(epoch from clock_timestamp())::float8 as now`;
    let next = 0;
    const sender = async (): Promise<void> => {
      while (next < events) await send(`event_${run}_${next++}`);
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    const last = await untilEffects(sql, before.count + events);
    return last - Number(start?.["now"]);
  } finally {
    await sql.end();
  }
}

/** When the last of so many effect rows was written, in seconds. */
async function untilEffects(sql: postgres.Sql, wanted: number): Promise<number> {
  let seen = -1;
  let seenAtMs = performance.now();
  for (;;) {
    const { count, last } = await countEffects(sql);
    if (count >= wanted) return last;
    if (count > seen) seenAtMs = performance.now();
    if (performance.now() - seenAtMs > STALL_LIMIT_MS) throw new Error(`Only ${count} of ${wanted} effects came`);
    seen = count;
    await Bun.sleep(LOOK_MS);
  }
}

async function countEffects(sql: postgres.Sql): Promise<{ readonly count: number; readonly last: number }> {
  const [row] = await sql`select count(*)::int as count, extract(epoch from max(at))::float8 as last from effect`;
  return { count: Number(row?.["count"]), last: Number(row?.["last"]) };
}
