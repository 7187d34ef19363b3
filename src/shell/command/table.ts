import { printable, shortTime } from "./printable.ts";

export interface TableColumn {
  readonly name: string;
  /** An id is never cut, as it is there to be copied. A time loses its year and seconds, before all else. */
  readonly holds?: "id" | "time";
}

export interface TableOptions {
  readonly columns: readonly TableColumn[];
  /** What a line may take; undefined: as much as it needs. */
  readonly width: number | undefined;
}

const GAP = "  ";
const NOTHING = "-";
/** `2026-11-23 14:14:28Z` cut to `11-23 14:14`. */
const TIME = /^\d{4}-(\d\d-\d\d \d\d:\d\d):\d\dZ$/;
const WIDTH_MIN = { id: Number.POSITIVE_INFINITY, time: 11, text: 6 } as const;

/** Rows as lines of one table, its names above. Where it does not fit, empty columns go and the widest are cut. */
export function tableLines(
  rows: readonly Readonly<Record<string, unknown>>[],
  { columns, width = Number.POSITIVE_INFINITY }: TableOptions,
): readonly string[] {
  const all = columns.map((column) => toColumn(column, rows));
  const fitted = excess(all, width) > 0 ? fit(all.filter(isFilled).map(toShortTime), width) : all;
  const lines = [-1, ...rows.keys()].map((row) =>
    fitted.map(({ name, cells, width }) => pad(row < 0 ? name : (cells[row] ?? NOTHING), width)),
  );
  return lines.map((cells) => cells.join(GAP).trimEnd());
}

/** The terminal's width; undefined when the output goes elsewhere, where nothing may be cut. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}

interface ShownColumn {
  readonly name: string;
  readonly cells: readonly string[];
  readonly width: number;
  readonly widthMin: number;
}

function toColumn({ name, holds }: TableColumn, rows: readonly Readonly<Record<string, unknown>>[]): ShownColumn {
  const cells = rows.map((row) => cellOf(row[name]));
  const width = Math.max(...[name, ...cells].map((cell) => Bun.stringWidth(cell)));
  return { name, cells, width, widthMin: WIDTH_MIN[holds ?? "text"] };
}

function cellOf(value: unknown): string {
  return value === null || value === undefined || value === "" ? NOTHING : printable(shortTime(value));
}

function isFilled({ cells }: ShownColumn): boolean {
  return cells.some((cell) => cell !== NOTHING);
}

function toShortTime(column: ShownColumn): ShownColumn {
  return column.widthMin === WIDTH_MIN.time ? { ...column, width: column.widthMin } : column;
}

function excess(columns: readonly ShownColumn[], width: number): number {
  return columns.reduce((sum, column) => sum + column.width, GAP.length * (columns.length - 1)) - width;
}

function fit(columns: readonly ShownColumn[], width: number): readonly ShownColumn[] {
  if (excess(columns, width) <= 0) return columns;
  const cuttable = columns.filter((column) => column.width > column.widthMin);
  const widest = Math.max(...cuttable.map((column) => column.width));
  const cut = cuttable.find((column) => column.width === widest);
  if (cut === undefined) return columns;
  return fit(
    columns.map((column) => (column === cut ? { ...column, width: widest - 1 } : column)),
    width,
  );
}

function pad(cell: string, width: number): string {
  const short = Bun.stringWidth(cell) > width ? cut(cell, width) : cell;
  return short + " ".repeat(Math.max(0, width - Bun.stringWidth(short)));
}

function cut(cell: string, width: number): string {
  const [, time] = TIME.exec(cell) ?? [];
  if (time !== undefined) return time;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(cell)) {
    if (Bun.stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
