import { printable, printableJson, shortTime } from "./printable.ts";
import type { TableColumn } from "./table.ts";

/** Something that the API answered. */
export type Item = Readonly<Record<string, unknown>>;

/** The columns of a list of jobs. */
export const JOB_COLUMNS: readonly TableColumn[] = [
  { name: "key", holds: "id" },
  { name: "state" },
  { name: "waits_for" },
  { name: "policy" },
  { name: "when", holds: "time" },
  { name: "tries" },
  { name: "last_error" },
];

/** A job as a row of that list. `when` is when it is due while it waits, and when it ended once it has. */
export function jobRow({ key, state, waitsFor, policy, dueAt, finishedAt, attempts, lastError }: Item): Item {
  const when = state === "planned" ? dueAt : finishedAt;
  return { key, state, waits_for: waitsFor, policy, when, tries: attempts, last_error: lastError };
}

/** How a job stands, in a few words: `planned, due 2026-01-31 12:00:00Z (waits for retry)`. */
export function standingOf({ state, waitsFor, dueAt }: Item): string {
  if (state !== "planned") return printable(state);
  const due = waitsFor === null ? "due now" : `due ${printable(shortTime(dueAt))}, waits for ${printable(waitsFor)}`;
  return `planned, ${due}`;
}

/** A job with all that is known about it: what is filled, and the long things at the end. */
export function jobLines(job: Item): readonly string[] {
  const { payload, attemptLog, breakers, policyStop, audit, until, needs, unmet, ...columns } = job;
  const known = Object.entries(columns).filter(([, value]) => value !== null);
  return [
    ...known.map(([name, value]) => `${columnName(name)}: ${printable(shortTime(value))}`),
    `until: ${printable(until)}`,
    ...refLines("needs", needs),
    ...refLines("not on file", unmet),
    ...itemsOf(breakers).map(
      ({ target, probeAt, lastError }) =>
        `breaker: ${printable(target)} is open, next try ${printable(shortTime(probeAt))}: ${printable(lastError)}`,
    ),
    ...itemsOf([policyStop].filter(isItem)).map(
      ({ stoppedAt, reason }) => `policy stopped: ${printable(shortTime(stoppedAt))}: ${printable(reason)}`,
    ),
    ...itemsOf(audit).map(
      ({ at, action, actor }) => `${printable(action)}: ${printable(shortTime(at))} by ${printable(actor)}`,
    ),
    ...itemsOf(attemptLog).map(attemptLine),
    `payload: ${typeof payload === "string" ? printable(payload) : printableJson(payload)}`,
  ];
}

/** What may be done about jobs that do not go on by themselves, each thing once. */
export function hintsFor(jobs: readonly Item[]): readonly string[] {
  const only = jobs.length === 1 ? jobs[0] : undefined;
  const key = only === undefined ? "<key>" : shellWord(String(only["key"]));
  const waiting = (reason: string): readonly Item[] => jobs.filter(({ waitsFor }) => waitsFor === reason);
  const dead = jobs.some(({ state }) => state === "dead");
  const stopped = [...new Set(waiting("stopped").map(({ policy }) => shellWord(String(policy))))];
  return [
    ...(dead
      ? [
          `Dead is what failed for good: \`docket jobs show ${key}\` says why, \`docket jobs retry ${key}\` runs it again`,
        ]
      : []),
    ...(waiting("approval").length > 0 ? [`To let go what waits for approval: \`docket jobs approve ${key}\``] : []),
    ...(waiting("retry").length > 0 ? [`To hurry what is put off: \`docket jobs retry ${key}\``] : []),
    ...stopped.map((policy) => `Too many jobs of ${policy} came at once: look, then \`docket jobs resume ${policy}\``),
    ...(waiting("breaker").length > 0
      ? ["What waits for a breaker goes on when its target answers: `docket jobs resume <target>` tries now"]
      : []),
  ];
}

/** One attempt at a job. */
export function attemptLine({ number, startedAt, endedAt, outcome, error }: Item): string {
  const end = endedAt === null ? "under way" : `${printable(outcome)} ${printable(shortTime(endedAt))}`;
  const why = error === null ? "" : `: ${printable(error)}`;
  return `attempt ${printable(number)}: ${printable(shortTime(startedAt))}, ${end}${why}`;
}

function refLines(name: string, refs: unknown): readonly string[] {
  const names = itemsOf(refs).map(({ kind, id }) => `${printable(kind)}/${printable(id)}`);
  return names.length === 0 ? [] : [`${name}: ${names.join(", ")}`];
}

/** The objects of a list; none of what is no list. */
export function itemsOf(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value.filter(isItem) : [];
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null;
}

/** As a column of `docket.job` is named. */
function columnName(name: string): string {
  return printable(name).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The word as a shell takes it whole. */
function shellWord(word: string): string {
  const safe = printable(word);
  return /^[\w./:@%+=,-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}
