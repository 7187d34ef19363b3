import { attemptLine, type Item, itemsOf, standingOf } from "./job_lines.ts";
import { printable, shortTime } from "./printable.ts";

/** A value of a field is cut after so many characters: `--json` has it whole. */
const VALUE_MAX = 60;
const INDENT = "    ";

/** An entity's story for people: how it stands, each message with why and what it changed, and its jobs. */
export function storyLines(story: Item, width: number | undefined): readonly string[] {
  const { kind, id, entity, ending, versions, changes, jobs } = story;
  const [row] = itemsOf([entity]);
  return [
    `${printable(kind)} ${printable(id)}: ${stateOf(row, ending)}`,
    "",
    "Messages, greatest version first:",
    ...itemsOf(versions).flatMap((version) => versionLines(version, itemsOf(changes), width)),
    ...jobsLines(itemsOf(jobs)),
  ];
}

function stateOf(row: Item | undefined, ending: unknown): string {
  if (row === undefined) return "no row: none of its messages could be applied";
  const [end] = itemsOf([ending]);
  const asOf = typeof row["version"] === "number" ? `, as of ${timeOf(row["version"])}` : "";
  if (end === undefined) return `${printable(row["state"])}${asOf}`;
  const cause = end["cause"] === "own" ? "" : ` with ${printable(end["entityKind"])} ${printable(end["entityId"])}`;
  return `deleted${cause} at ${printable(shortTime(end["deletedAt"]))}, by ${printable(end["svixId"])}`;
}

function versionLines(version: Item, changes: readonly Item[], width: number | undefined): readonly string[] {
  const { svixId, type, asOfMs, receivedAt, source, standing, late, why, intent, deliveries, outcome } = version;
  const time = typeof asOfMs === "number" ? timeOf(asOfMs) : shortTime(receivedAt);
  const notes = [
    printable(standing).replaceAll("_", " "),
    ...(late === true ? ["late"] : []),
    ...(source === "api" ? ["from Clerk's API"] : []),
    ...(typeof deliveries === "number" && deliveries > 1 ? [`delivered ${deliveries} times`] : []),
  ].join(", ");
  const own = changes.filter((change) => intent !== null && change["intent"] === intent);
  return [
    `${printable(time)}  ${printable(type ?? "(no type)")}  ${printable(svixId)}  ${notes}`,
    ...wrapped(
      `${printable(why)} Received ${printable(shortTime(receivedAt))}, answered ${printable(outcome)}.`,
      width,
    ),
    ...own.map(changeLine).filter((line) => line !== ""),
  ];
}

/** The entity's birth and end are changes without a path, which the message says already. */
function changeLine({ path, before, after }: Item): string {
  return path === "" ? "" : `${INDENT}${printable(path)}: ${fieldText(before)} -> ${fieldText(after)}`;
}

function jobsLines(jobs: readonly Item[]): readonly string[] {
  if (jobs.length === 0) return ["", "Jobs: none"];
  return [
    "",
    "Jobs, last updated first:",
    ...jobs.flatMap((job) => [
      `${printable(job["key"])}  ${standingOf(job)}`,
      `${INDENT}${printable(job["handler"])}, wanted by ${printable(job["policy"])} because of ${printable(job["svixId"])}`,
      ...itemsOf(job["attempts"]).map((attempt) => `${INDENT}${attemptLine(attempt)}`),
      ...(job["lastError"] === null ? [] : [`${INDENT}last error: ${printable(job["lastError"])}`]),
    ]),
  ];
}

function fieldText(value: unknown): string {
  const text = printable(JSON.stringify(value ?? null));
  const letters = [...text];
  return letters.length > VALUE_MAX ? `${letters.slice(0, VALUE_MAX - 1).join("")}…` : text;
}

function timeOf(ms: number): unknown {
  return shortTime(new Date(ms).toISOString());
}

/** Words over as many indented lines as they take. */
function wrapped(text: string, width = Number.POSITIVE_INFINITY): readonly string[] {
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.split(" ")) {
    const longer = line === INDENT ? `${line}${word}` : `${line} ${word}`;
    if (Bun.stringWidth(longer) > width && line !== INDENT) {
      lines.push(line);
      line = `${INDENT}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}
