import type { JsonObject } from "../../../src/core/mod.ts";
import { type FakeReply, notFound, ok, refused } from "./reply.ts";
import type { FakeTable } from "./table.ts";

/** What a list lets itself be asked. */
export interface ListRules {
  /** Fields that `order_by` may name; the first, newest first, is the default. */
  readonly orders: readonly [string, ...string[]];
  /** By parameter: the rows that a value lets through. */
  readonly filters?: Readonly<Record<string, (row: JsonObject, value: string) => boolean>>;
  /** Knows `starting_after`. */
  readonly cursor?: boolean;
  /** `never`: a bare array. @default always `{ data, total_count }` */
  readonly wrapped?: "always" | "asked" | "never";
}

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 500;
const COMMON = ["limit", "offset", "order_by", "starting_after", "paginated"];

/** One page of a table, as Clerk's API gives it (shared/clerk/events.md, section 4). */
export function listOf(table: FakeTable, query: URLSearchParams, rules: ListRules): FakeReply {
  const { wrapped = "always" } = rules;
  const order = query.get("order_by") ?? `-${rules.orders[0]}`;
  const field = order.replace(/^[+-]/, "");
  const limit = Number(query.get("limit") ?? LIMIT_DEFAULT);
  const offset = Number(query.get("offset") ?? 0);
  const after = query.get("starting_after");
  if (!rules.orders.includes(field)) return invalid("order_by");
  if (!Number.isInteger(limit) || limit < 1) return invalid("limit");
  if (!Number.isInteger(offset) || offset < 0) return invalid("offset");
  if (after !== null && (rules.cursor !== true || field !== "created_at" || query.has("offset"))) {
    return invalid("starting_after");
  }
  const rows = sorted(filtered(table, query, rules), { field, isDescending: order.startsWith("-") });
  // What Clerk does with the cursor of a deleted user is not written anywhere: this is the unkinder guess.
  const start = after === null ? offset : rows.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) return notFound("No user was found with this id");
  // A `limit` above 500 is taken for the default (clerk/clerk-sdk-python#166).
  const data = rows.slice(start, start + (limit > LIMIT_MAX ? LIMIT_DEFAULT : limit));
  const isWrapped = wrapped === "asked" ? query.get("paginated") === "true" : wrapped === "always";
  return ok(isWrapped ? { data, total_count: rows.length } : data);
}

function filtered(table: FakeTable, query: URLSearchParams, { filters = {} }: ListRules): readonly JsonObject[] {
  const names = [...new Set(query.keys())].filter((name) => !COMMON.includes(name));
  const asked = names.flatMap((name) => {
    const fits = filters[name];
    return fits === undefined ? [] : [{ fits, values: query.getAll(name) }];
  });
  if (asked.length === 0) return table.rows();
  return table.rows().filter((row) => asked.every(({ fits, values }) => values.some((value) => fits(row, value))));
}

interface Order {
  readonly field: string;
  readonly isDescending: boolean;
}

function sorted(rows: readonly JsonObject[], { field, isDescending }: Order): readonly JsonObject[] {
  if (field === "created_at") return isDescending ? rows.toReversed() : rows;
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((left, right) => sign * compare(left[field] ?? 0, right[field] ?? 0));
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left) < String(right) ? -1 : 1;
}

/** By a field's value. */
export function fieldIs(field: string): (row: JsonObject, value: string) => boolean {
  return (row, value) => row[field] === value;
}

export const CREATED_FILTERS: NonNullable<ListRules["filters"]> = {
  created_at_after: (row, value) => Number(row["created_at"]) > Number(value),
  created_at_before: (row, value) => Number(row["created_at"]) < Number(value),
};

function invalid(param: string): FakeReply {
  return refused(422, { code: "form_param_value_invalid", message: `${param} is invalid`, param });
}
