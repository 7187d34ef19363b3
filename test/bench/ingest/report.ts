import { cpus } from "node:os";
import postgres from "postgres";
import type { PostgresCluster } from "../../support/postgres.ts";

/** A count of at least one, as it was typed. */
export function countOf(text: string, help: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`Not a number: "${text}"\n${help}`);
  return count;
}

/** The machine and what runs on it, in one line. */
export async function describePlace(server: PostgresCluster): Promise<string> {
  const sql = postgres(server.url("postgres"), { max: 1 });
  const [row] = await sql`select current_setting('server_version') as version, current_setting('fsync') as fsync`;
  await sql.end();
  const place = `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, Bun ${Bun.version}`;
  return `${place}, PostgreSQL ${row?.["version"]}, fsync ${row?.["fsync"]}`;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** As people read it: 12,345. */
export function whole(number: number): string {
  return Math.round(number).toLocaleString("en");
}

/** A table in Markdown. */
export function tableOf(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
