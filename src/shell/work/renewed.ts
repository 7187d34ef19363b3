import { sql } from "kysely";

const NAMES = ["intent", "svix_id", "handler"] as const;
const isRenewed = "l.phase = 'pending' and j.renewed is not null";

function renewed(column: string, value: string): string {
  return `${column} = case when ${isRenewed} then ${value} else j.${column} end`;
}

/**
 * A job that was wanted otherwise while it ran becomes that when it waits again. Stands in an update of `docket.job j`
 * from `l`, whose `phase` the job gets.
 */
export const RENEWED = sql.raw(
  [
    ...NAMES.map((name) => renewed(name, `j.renewed ->> '${name}'`)),
    renewed("version", "(j.renewed ->> 'version')::bigint"),
    renewed("start_at", "(j.renewed ->> 'start_at')::timestamptz"),
    renewed("approval", "(j.renewed ->> 'approval')::boolean"),
    renewed("payload", "j.renewed -> 'payload'"),
    renewed("until", "j.renewed -> 'until'"),
    renewed("needs", "j.renewed -> 'needs'"),
    "renewed = null",
  ].join(", "),
);
