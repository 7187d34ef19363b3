import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { changedAtMs, keyOf, type Load, originals } from "./requests.ts";
import { INSTANCE_ID } from "./signing.ts";

/** What each user's last name is to be in the end: as the newest change says, whatever came when. No code of Docket's. */
export function newestNames(load: Load): ReadonlyMap<string, string> {
  const newest = new Map<string, { readonly atMs: number; readonly index: number }>();
  for (const index of originals(load)) {
    const id = `user_${keyOf(load, index)}`;
    const atMs = changedAtMs(load, { index, nowMs: 0 });
    const known = newest.get(id);
    if (known === undefined || known.atMs < atMs) newest.set(id, { atMs, index });
  }
  return new Map([...newest].map(([id, { index }]) => [id, `Example ${index}`]));
}

/** Rejects if one of these users is missing, or is other than the newest change says. */
export async function checkNames(url: string, load: Load): Promise<void> {
  const wanted = newestNames(load);
  const sql = postgres(url, { max: 1 });
  const rows = await sql<{ id: string; name: string; data: string }[]>`
    select id, last_name as name, data ->> 'last_name' as data from clerk.users where id like ${`user\\_${load.run}\\_%`}`;
  await sql.end();
  const wrong = rows.filter(({ id, name, data }) => wanted.get(id) !== name || data !== name);
  if (rows.length !== wanted.size) throw new Error(`${rows.length} users, to be ${wanted.size}`);
  if (wrong.length > 0)
    throw new Error(`${wrong.length} users are not as their newest change: ${JSON.stringify(wrong[0])}`);
}

/** Rejects if `docket verify` finds a difference between the tables and what the log makes of them. */
export async function checkByVerify(url: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "docket-bench-"));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "docket_server.ts"), "verify"], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", DATABASE_URL: url, DOCKET_INSTANCE_IDS: INSTANCE_ID },
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const code = await child.exited;
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0) throw new Error(`docket verify ended with code ${code}:\n${output.join("\n").slice(0, 5_000)}`);
}
