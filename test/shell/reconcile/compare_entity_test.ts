import { describe, expect, test } from "bun:test";
import type { Changed, JsonObject } from "../../../src/core/mod.ts";
import { type ObservableKind, observationOf } from "../../../src/shell/clerk/observation.ts";
import { compareEntity, type Standing } from "../../../src/shell/reconcile/compare_entity.ts";
import { isoTime, rowOf } from "../../../src/shell/tables/mod.ts";
import type { Fields } from "../../../src/shell/verify/difference.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";

const USER: JsonObject = {
  id: "user_1",
  created_at: EPOCH_MS,
  updated_at: EPOCH_MS + 5,
  first_name: "Ada",
  last_active_at: EPOCH_MS,
  last_sign_in_at: EPOCH_MS,
  public_metadata: { plan: "pro" },
  primary_email_address_id: "idn_1",
  email_addresses: [{ id: "idn_1", email_address: "ada@example.com" }],
};

function snapshot(data: JsonObject, kind: ObservableKind = "user"): Changed {
  const message = observationOf(kind, data, { receivedAtMs: EPOCH_MS + 100, instanceId: INSTANCE_ID });
  if (message._tag !== "Changed") throw new TypeError(`Cannot read the snapshot: ${message._tag}`);
  return message;
}

/** The row that the data makes. */
function row(data: JsonObject, fields: Fields = {}): Fields {
  const { body, version } = snapshot(data);
  const { createdAtMs, updatedAtMs } = body.value;
  const times = { created_at: isoTime(createdAtMs), updated_at: isoTime(updatedAtMs), deleted_at: null };
  return { ...rowOf(body), ...times, data: body.data, version_ms: version.asOfMs, ...fields };
}

function standing(atClerk: JsonObject, inTable: Fields | undefined): Standing {
  const { body, version } = snapshot(atClerk);
  return compareEntity({ body, asOfMs: version.asOfMs }, inTable);
}

describe("compareEntity()", () => {
  test("finds a row equal to what made it, and one that is not there missing", () => {
    expect(standing(USER, row(USER))).toEqual({ _tag: "Equal" });
    expect(standing(USER, undefined)).toEqual({ _tag: "Missing" });
  });

  test("names each field of an older row, with both values", () => {
    const newer = {
      ...USER,
      updated_at: EPOCH_MS + 9,
      first_name: "Zoe",
      public_metadata: { plan: "free" },
      email_addresses: [{ id: "idn_1", email_address: "zoe@example.com" }],
    };
    const found = standing(newer, row(USER));
    expect(found).toMatchObject({ _tag: "Behind" });
    expect(found._tag === "Behind" ? found.fields : []).toEqual([
      { field: "primary_email_address", inTable: "ada@example.com", atClerk: "zoe@example.com" },
      { field: "first_name", inTable: "Ada", atClerk: "Zoe" },
      { field: "public_metadata", inTable: { plan: "pro" }, atClerk: { plan: "free" } },
      { field: "updated_at", inTable: isoTime(EPOCH_MS + 5), atClerk: isoTime(EPOCH_MS + 9) },
      {
        field: "data.email_addresses",
        inTable: [{ id: "idn_1", email_address: "ada@example.com" }],
        atClerk: [{ id: "idn_1", email_address: "zoe@example.com" }],
      },
    ]);
  });

  test("lets a row that a webhook made newer win, whatever it says", () => {
    const webhook = { ...USER, updated_at: EPOCH_MS + 6, first_name: "Zoe" };
    expect(standing(USER, row(webhook))).toEqual({ _tag: "Ahead" });
  });

  test("says which rows are deleted here, and not what else is different about them", () => {
    const deletedAt = isoTime(EPOCH_MS + 7);
    expect(standing(USER, row(USER, { deleted_at: deletedAt, first_name: null }))).toEqual({
      _tag: "Buried",
      deletedAt,
    });
  });

  test("disputes another content of the same version", () => {
    expect(standing({ ...USER, first_name: "Zoe" }, row(USER))).toEqual({
      _tag: "Disputed",
      fields: [{ field: "first_name", inTable: "Ada", atClerk: "Zoe" }],
    });
    expect(standing(USER, row(USER, { primary_email_address: "eve@example.com" }))).toMatchObject({ _tag: "Disputed" });
  });

  test("disputes nothing that moves without a version, or that only one of both names", () => {
    const moved = { ...USER, last_active_at: EPOCH_MS + 99, last_sign_in_at: EPOCH_MS + 98, locale: "de", novel: 1 };
    expect(standing(moved, row(USER))).toEqual({ _tag: "Equal" });
    expect(standing(USER, row({ ...USER, novel: 1 }))).toEqual({ _tag: "Equal" });
  });

  test("lets a session's sign-in be later than the user's own, and not earlier", () => {
    const newer = { ...USER, updated_at: EPOCH_MS + 9 };
    const fields = (atMs: number): readonly string[] => {
      const found = standing(newer, row(USER, { last_sign_in_at: isoTime(atMs) }));
      return found._tag === "Behind" ? found.fields.map(({ field }) => field) : [];
    };
    expect(fields(EPOCH_MS + 1)).toEqual(["updated_at"]);
    expect(fields(EPOCH_MS - 1)).toEqual(["last_sign_in_at", "updated_at"]);
  });
});
