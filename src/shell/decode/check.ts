import {
  type Static,
  type TInteger,
  type TNull,
  type TObject,
  type TOptional,
  type TString,
  type TUnion,
  Type,
} from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import type { JsonObject } from "../../core/mod.ts";

/** 9999-12-31T23:59:59.999Z, the last instant that both JavaScript's and Postgres's four-digit years hold. */
export const TIME_MS_MAX = 253_402_300_799_999;

/** Clerk's ids, types and instances: printable ASCII, so that every part of Docket orders and stores them alike. */
export const NAME_PATTERN = /^[\x20-\x7e]{1,255}$/;

/** An id or the like, that must be there. No `Type.RegExp`, which takes the number 1 for a text when listing errors. */
export const NAME_TYPE: TString = Type.String({
  pattern: NAME_PATTERN.source,
  description: "a string of 1 to 255 printable ASCII characters",
});

/** A time that may be missing. */
export const TIME_MS_TYPE: TOptional<TUnion<[TNull, TInteger]>> = Type.Optional(
  Type.Union([Type.Null(), Type.Integer({ minimum: 0, maximum: TIME_MS_MAX })], {
    description: `an integer from 0 to ${TIME_MS_MAX} (milliseconds)`,
  }),
);

/** Fields that must be there; others may be as well. */
export function objectType<T extends TObject["properties"]>(fields: T): TObject<T> {
  return Type.Object(fields, { description: "an object" });
}

/** Whether `data` has what a schema asks for; if not, says which field is wrong, and never what is in it. */
export type Check<T> = (data: JsonObject) => { readonly ok: true; readonly data: T } | Fault;

export interface Fault {
  readonly ok: false;
  readonly fault: string;
}

/** @param path What the checked object is called in faults: empty for the envelope itself. */
export function compileCheck<S extends TObject>(schema: S, path: string): Check<JsonObject & Static<S>> {
  const compiled = TypeCompiler.Compile(schema);
  return (data) => {
    if (compiled.Check(data)) return { ok: true, data };
    const error = compiled.Errors(data).First();
    const name = [path, ...(error?.path ?? "").split("/")].filter((step) => step !== "").join(".");
    const expected = error?.schema.description ?? "another value";
    return { ok: false, fault: `${name}: expected ${expected}, got ${describe(error?.value)}` };
  };
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
