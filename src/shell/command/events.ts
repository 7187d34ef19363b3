import { ask } from "./ask.ts";
import { askPage, printHint, printJson, printNext } from "./list_page.ts";
import { printable, printableJson, shortTime } from "./printable.ts";
import { type TableColumn, tableLines, terminalWidth } from "./table.ts";
import { UsageError } from "./usage_error.ts";

export interface EventsOptions {
  readonly type?: string;
  readonly entity?: string;
  readonly outcome?: string;
  readonly limit?: number;
  readonly before?: string;
  readonly url?: string;
  readonly json?: boolean;
}

const COLUMNS: readonly TableColumn[] = [
  { name: "received", holds: "time" },
  { name: "type" },
  { name: "outcome" },
  { name: "entity" },
  { name: "svix_id", holds: "id" },
];

/** `docket events`: the log, newest first, or one message of it. Rejects with a {@link UsageError} or `SettingError`. */
export async function events(svixId: string | undefined, options: EventsOptions): Promise<number> {
  const { url, json = false, ...parameters } = options;
  if (svixId !== undefined) {
    if (Object.keys(parameters).length > 0) throw new UsageError("Give an id or filters, not both");
    const event = await ask(`/v1/events/${encodeURIComponent(svixId)}`, place(url));
    if (json) printJson([event]);
    else for (const line of eventLines({ ...event })) console.log(line);
    return 0;
  }
  const { items, next } = await askPage("/v1/events", { ...place(url), parameters });
  if (json) printJson(items);
  else if (items.length === 0) printHint("No events: send one with `docket trigger user.created`, or ask for others");
  else {
    for (const line of tableLines(items.map(rowOf), { columns: COLUMNS, width: terminalWidth() })) console.log(line);
  }
  printNext(next);
  return 0;
}

function place(url: string | undefined): { readonly url?: string } {
  return url === undefined ? {} : { url };
}

type Item = Readonly<Record<string, unknown>>;

function rowOf({ receivedAt, type, outcome, entityId, svixId }: Item): Item {
  return { received: receivedAt, type, outcome, entity: entityId, svix_id: svixId };
}

function eventLines({ payload, ...columns }: Item): readonly string[] {
  const known = Object.entries(columns).filter(([, value]) => value !== null);
  return [
    ...known.map(([name, value]) => `${columnName(name)}: ${printable(shortTime(value))}`),
    `payload: ${payloadText(payload)}`,
  ];
}

function payloadText(payload: unknown): string {
  if (payload === null) return "none: it was dropped with age (DOCKET_RETENTION_DAYS)";
  return typeof payload === "string" ? printable(payload) : printableJson(payload);
}

/** As in the view `docket.event`. */
function columnName(name: string): string {
  return printable(name).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
