import type { ReplayedPage, ReplayMode, Retaken } from "../replay/replay.ts";
import { differenceLines } from "./difference_lines.ts";
import { printable } from "./printable.ts";

export interface ReplayCounts {
  readonly messages: number;
  /** Set aside, and understood now. */
  readonly understood: number;
  /** Not understood, with today's reason. */
  readonly quarantined: number;
  /** Still of a foreign instance, or of a type without a table. */
  readonly aside: number;
  /** Refused by the database for now. */
  readonly refused: number;
  readonly planned: number;
  readonly restored: number;
  readonly again: number;
  readonly left: number;
  readonly repaired: number;
}

/** Counts pages. */
export interface ReplayTotal {
  readonly add: (page: ReplayedPage) => void;
  readonly counts: () => ReplayCounts;
}

export function totalOf(): ReplayTotal {
  const total = {
    ...{ messages: 0, understood: 0, quarantined: 0, aside: 0, refused: 0 },
    ...{ planned: 0, restored: 0, again: 0, left: 0, repaired: 0 },
  };
  return {
    counts: () => ({ ...total }),
    add: ({ messages, retaken, ...page }) => {
      total.messages += messages;
      for (const { is } of retaken) {
        if (is === "applied" || is === "stale") total.understood += 1;
        else if (is === "quarantined") total.quarantined += 1;
        else if (is === null) total.refused += 1;
        else total.aside += 1;
      }
      for (const field of ["planned", "restored", "again", "left", "repaired"] as const) {
        total[field] += page[field].length;
      }
    },
  };
}

/** What came of a page, for people. */
export function pageLines({ retaken, planned, restored, again, left, repaired }: ReplayedPage): readonly string[] {
  return [
    ...retaken.map(retakenLine),
    ...repaired.flatMap(differenceLines),
    ...planned.map((key) => `planned: ${printable(key)}`),
    ...restored.map((key) => `was done, put back as done: ${printable(key)}`),
    ...again.map((key) => `runs again: ${printable(key)}`),
    ...left.map((key) => `left as it is: ${printable(key)}`),
  ];
}

function retakenLine({ svixId, type, was, is, fault }: Retaken): string {
  const what = `${svixId} ${type ?? "(no type)"}`;
  if (is === null) return printable(`${what}: refused by the database for now, still ${was}`);
  const why = fault === null ? "" : `: ${fault}`;
  return printable(`${what}: ${is === was ? "still " : `${was}, now `}${is}${why}`);
}

/** What came of all, for people. */
export function summaryLines(
  total: ReplayTotal,
  { mode, lines }: { readonly mode: ReplayMode; readonly lines: number },
): readonly string[] {
  const counts = total.counts();
  const { messages, understood, quarantined, aside, refused, planned, restored, again, left, repaired } = counts;
  const parts = [
    [understood, "now understood"],
    [quarantined, "not understood"],
    [aside, "still foreign or without a table"],
    [refused, "refused for now"],
    [repaired, "differences made good"],
    [planned, "missing jobs planned"],
    [restored, "lost jobs put back as done"],
    [again, "jobs run again"],
    [left, "jobs left as they are"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const all = parts.reduce((sum, [count]) => sum + count, 0);
  const more = mode !== "state" && all > lines ? [`and ${all - lines} more: --limit shows them`] : [];
  return [...more, `${messages} messages replayed: ${said.length === 0 ? "all was so already" : said.join(", ")}`];
}
