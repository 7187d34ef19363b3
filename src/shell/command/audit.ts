import { askPage, printHint, printJson, printNext } from "./list_page.ts";
import { type TableColumn, tableLines, terminalWidth } from "./table.ts";

export interface AuditOptions {
  readonly limit?: number;
  readonly before?: string;
  readonly url?: string;
  readonly json?: boolean;
}

const COLUMNS: readonly TableColumn[] = [
  { name: "at", holds: "time" },
  { name: "action" },
  { name: "subject", holds: "id" },
  { name: "actor" },
];

/** `docket audit`: what people did, newest first. Rejects with a `UsageError` or `SettingError`. */
export async function audit(options: AuditOptions): Promise<number> {
  const { url, json = false, ...parameters } = options;
  const { items, next } = await askPage("/v1/audit", { ...(url === undefined ? {} : { url }), parameters });
  if (json) printJson(items);
  else if (items.length === 0) printHint("Nobody has retried, cancelled, approved, resumed or replayed anything yet");
  else for (const line of tableLines(items, { columns: COLUMNS, width: terminalWidth() })) console.log(line);
  printNext(next);
  return 0;
}
