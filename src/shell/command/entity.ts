import { ask } from "./ask.ts";
import { entityColumns } from "./entity_columns.ts";
import { askPage, printHint, printJson, printNext } from "./list_page.ts";
import { printable, shortTime } from "./printable.ts";
import { tableLines, terminalWidth } from "./table.ts";
import { UsageError } from "./usage_error.ts";

export interface EntityOptions {
  /** Seconds to wait for one that is not on file yet. */
  readonly wait?: number;
  /** From Clerk if it is not on file. */
  readonly fetch?: boolean;
  /** As it was then. */
  readonly at?: string;
  readonly limit?: number;
  readonly before?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** What is asked for: a kind's rows, or with an id one of them. */
export interface EntityName {
  readonly kind: string;
  readonly id: string | undefined;
}

/** The service gives Clerk that long. */
const FETCH_MS = 10_000;

/** `docket entity`: a kind's rows, newest first, or one. Rejects with a {@link UsageError} or `SettingError`. */
export async function entity({ kind, id }: EntityName, options: EntityOptions): Promise<number> {
  const { url, json = false, wait, fetch, at, ...parameters } = options;
  const place = url === undefined ? {} : { url };
  const path = `/v1/entities/${encodeURIComponent(kind)}`;
  if (id !== undefined) {
    if (Object.keys(parameters).length > 0) throw new UsageError("Give an id, or --limit and --before, not both");
    const found = await ask(`${path}/${encodeURIComponent(id)}`, {
      ...place,
      parameters: { wait, fetch: fetch === true ? "true" : undefined, at },
      patienceMs: (wait ?? 0) * 1_000 + (fetch === true ? FETCH_MS : 0),
    });
    if (json) printJson([found]);
    else for (const line of entityLines(found)) console.log(line);
    return 0;
  }
  if (fetch !== undefined || wait !== undefined || at !== undefined) {
    throw new UsageError("Give an id too: --fetch, --wait and --at are for one");
  }
  const { items, next } = await askPage(path, { ...place, parameters });
  if (json) printJson(items);
  else if (items.length === 0) printHint("No rows: `docket trigger --scenario life` makes some of every kind");
  else {
    const columns = entityColumns(String(items[0]?.["kind"]));
    for (const line of tableLines(items.map(rowOf), { columns, width: terminalWidth() })) console.log(line);
  }
  printNext(next);
  return 0;
}

type Item = Readonly<Record<string, unknown>>;

function rowOf({ data }: { readonly data?: unknown }): Item {
  return { ...(typeof data === "object" ? data : {}) };
}

/** Each column that is filled. The payload, which repeats most of them, is for `--json`. */
function entityLines(found: {
  readonly kind?: unknown;
  readonly state?: unknown;
  readonly data?: unknown;
  /** Of one as it was then: which message made it so, and what is left of that. */
  readonly at?: unknown;
  readonly svixId?: unknown;
  readonly payload?: unknown;
}): readonly string[] {
  const { data: _, ...columns } = rowOf(found);
  const { kind, state, at, svixId, payload } = found;
  const then = { at, made_so_by: svixId, payload: payload === "kept" ? undefined : payload };
  return Object.entries({ kind, state, ...then, ...columns })
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${printable(name)}: ${printable(shortTime(value))}`);
}
