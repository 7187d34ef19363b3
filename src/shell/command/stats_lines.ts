import { printable, shortTime } from "./printable.ts";
import type { AnsweredStats } from "./stats.ts";
import { tableLines, terminalWidth } from "./table.ts";

/** How things stand, for a person: first what needs one. */
export function statsLines(stats: AnsweredStats): readonly string[] {
  return [
    headLine(stats),
    sourceLine(stats),
    ...stats.problems.flatMap(({ severity, message, action }) => [
      "",
      `${severity}: ${printable(message)}`,
      `  -> ${printable(action)}`,
    ]),
    "",
    ...messageLines(stats),
    "",
    ...jobLines(stats),
    "",
    ...entityLines(stats),
  ];
}

function headLine({ version, database, healthy, problems }: AnsweredStats): string {
  const on = database.flavor === "pglite" ? "the embedded database" : "PostgreSQL";
  const count = problems.length;
  const things = count === 0 ? "nothing to do" : count === 1 ? "one thing to look at" : `${count} things to look at`;
  return `Docket ${printable(version)} on ${on}: ${healthy ? "well" : "not well"}, ${things}`;
}

function sourceLine({ source }: AnsweredStats): string {
  if (source.lastReceivedAt === null) {
    return "No webhook has come yet: send one with `docket trigger user.created`, or connect Clerk as the README says";
  }
  return `The last webhook came at ${printable(shortTime(source.lastReceivedAt))}`;
}

function messageLines({ messages }: AnsweredStats): readonly string[] {
  const { lastHour, lastDay } = messages;
  const names = Object.keys(lastHour) as (keyof typeof lastHour)[];
  const rows = names.map((name) => ({
    messages: name,
    last_hour: numberText(lastHour[name]),
    last_day: numberText(lastDay[name]),
  }));
  const columns = [{ name: "messages" }, { name: "last_hour" }, { name: "last_day" }];
  return tableLines(rows, { columns, width: terminalWidth() });
}

function jobLines({ jobs }: AnsweredStats): readonly string[] {
  const { oldestDueSeconds, more, ...states } = jobs;
  const rows = Object.entries(states).map(([state, count]) => ({ jobs: state, count: numberText(count) }));
  return [
    ...tableLines(rows, { columns: [{ name: "jobs" }, { name: "count" }], width: terminalWidth() }),
    ...(oldestDueSeconds > 0 ? [`The oldest due job has been due for ${numberText(oldestDueSeconds)} s`] : []),
    ...(more ? ["10,000 stands for that or more, and `done` is an estimate"] : []),
  ];
}

function entityLines({ entities }: AnsweredStats): readonly string[] {
  const rows = entities
    .filter(({ estimate }) => estimate > 0)
    .map(({ kind, estimate }) => ({ on_file: kind, live: numberText(estimate) }));
  if (rows.length === 0) return ["Nothing is on file yet"];
  return tableLines(rows, { columns: [{ name: "on_file" }, { name: "live" }], width: terminalWidth() });
}

function numberText(count: number): string {
  return count.toLocaleString("en");
}
