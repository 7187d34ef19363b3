import type { Walk } from "../clerk/listing.ts";
import { type Found, isEqual, type KindSummary } from "../reconcile/discrepancy.ts";
import { printHint, printJson } from "./list_page.ts";
import { printable } from "./printable.ts";
import { makeProgress, type Progress } from "./progress.ts";

/** Says how a reconcile goes. */
export interface ReconcileReporter {
  readonly onBegun: (kind: Walk["kind"]) => void;
  readonly onFound: (found: Found) => void;
  readonly onMoved: (done: number, total: number | null) => void;
  readonly onSummary: (summary: KindSummary) => void;
  readonly total: (summaries: readonly KindSummary[]) => void;
  readonly end: () => void;
}

/** A line of JSON for each of the first differences, each kind, and all together. */
export function jsonReporter(limit: number): ReconcileReporter {
  let shown = 0;
  return {
    onBegun: () => undefined,
    onMoved: () => undefined,
    onFound: (found) => {
      shown += 1;
      if (shown <= limit) printJson([{ difference: found }]);
    },
    onSummary: (summary) => printJson([{ kind: summary }]),
    total: (summaries) => printJson([{ total: { equal: summaries.every(isEqual), ...totalOf(summaries) } }]),
    end: () => undefined,
  };
}

/** Lines for eyes, and a bar where somebody looks. */
export function textReporter(limit: number, fix: boolean): ReconcileReporter {
  let progress: Progress | undefined;
  let shown = 0;
  const end = (): void => {
    progress?.end();
    progress = undefined;
  };
  return {
    onBegun: (kind) => {
      if (process.stderr.isTTY) progress = makeProgress(0, { label: kind });
    },
    onMoved: (done, total) => progress?.move(done, total ?? done),
    onFound: (found) => {
      shown += 1;
      if (shown > limit) return;
      progress?.end();
      for (const line of linesOf(found)) console.log(line);
    },
    onSummary: (summary) => {
      end();
      console.log(lineOf(summary));
      for (const note of summary.notes) printHint(`${summary.kind}: ${printable(note)}`);
    },
    total: (summaries) => {
      if (shown > limit) console.log(`and ${shown - limit} more: --limit shows them`);
      for (const line of verdict(summaries, fix)) console.log(line);
    },
    end,
  };
}

const VALUE_LENGTH_MAX = 200;

function linesOf({ is, kind, id, fields, hopeless, outcome }: Found): readonly string[] {
  const name = printable(`${kind} ${id}`);
  const after = outcome === "found" ? "" : outcome === "fixed" ? " (fixed)" : " (left)";
  const why = hopeless === null ? [] : [`  ${printable(hopeless)}`];
  switch (is) {
    case "missing":
      return [`${name}: missing, Clerk has it${after}`];
    case "extra":
      return [`${name}: in the table only${after}`, ...why];
    case "deleted":
      return [`${name}: deleted at Clerk, live in the table${after}`];
    case "different": {
      const values = fields.flatMap(({ field, inTable, atClerk }) => [
        `  ${printable(field)}`,
        `    in the table: ${shownValue(inTable)}`,
        `    at Clerk:     ${shownValue(atClerk)}`,
      ]);
      return [`${name}: different${after}`, ...values, ...why];
    }
    default:
      return is satisfies never;
  }
}

function shownValue(value: unknown): string {
  const text = printable(JSON.stringify(value));
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}

const COUNTED = ["missing", "extra", "different", "deleted", "fixed", "ahead"] as const;

function lineOf(summary: KindSummary): string {
  const counts = COUNTED.flatMap((name) => (summary[name] === 0 ? [] : [`${summary[name]} ${name}`]));
  return `${summary.kind}: ${summary.compared} compared, ${counts.length === 0 ? "equal" : counts.join(", ")}`;
}

type Total = Omit<KindSummary, "kind" | "notes">;

function totalOf(summaries: readonly KindSummary[]): Total {
  const sum = (name: keyof Total): number => summaries.reduce((all, summary) => all + summary[name], 0);
  return {
    compared: sum("compared"),
    missing: sum("missing"),
    extra: sum("extra"),
    different: sum("different"),
    deleted: sum("deleted"),
    fixed: sum("fixed"),
    ahead: sum("ahead"),
  };
}

function verdict(summaries: readonly KindSummary[], fix: boolean): readonly string[] {
  const { compared, missing, extra, different, deleted, fixed } = totalOf(summaries);
  const differences = missing + extra + different + deleted;
  if (summaries.every(isEqual)) {
    return [`equal: the tables are what Clerk says (${compared} compared${fixed > 0 ? `, ${fixed} fixed` : ""})`];
  }
  const left = fix ? `, ${fixed} of them fixed` : "; --fix mends what can be mended";
  return [`different: ${differences} ${differences === 1 ? "entity" : "entities"} of ${compared}${left}`];
}
