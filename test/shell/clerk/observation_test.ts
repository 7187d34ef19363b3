import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { type Changed, compareVersions, type JsonObject, type Message } from "../../../src/core/mod.ts";
import { type ObservableKind, observationOf } from "../../../src/shell/clerk/observation.ts";
import { eraseTextPayload } from "../../../src/shell/decode/erase_payload.ts";
import { readTold } from "../../../src/shell/store/told_row.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { decode, PAYLOADS, payloadNamed } from "../../support/payloads.ts";

const RECEIVED_AT_MS = 1_767_225_600_000;
const CONTEXT = { receivedAtMs: RECEIVED_AT_MS, instanceId: INSTANCE_ID };
const USER = payloadNamed("constructed-user.updated__2.json");

/** Example payloads of every kind that the API shows too. */
const SNAPSHOTS = PAYLOADS.flatMap((payload) => {
  const webhook = decode(payload.body);
  const { updated_at } = payload.envelope.data;
  if (webhook._tag !== "Changed" || webhook.ref.kind === "message" || typeof updated_at !== "number") return [];
  const kind: ObservableKind = webhook.ref.kind;
  return [{ file: payload.file, kind, webhook, data: payload.envelope.data }];
});

function observe(kind: ObservableKind, data: JsonObject): Changed {
  const message = observationOf(kind, data, CONTEXT);
  if (message._tag !== "Changed") throw new TypeError(JSON.stringify(message));
  return message;
}

describe("observationOf()", () => {
  test("knows twelve kinds", () => {
    expect(new Set(SNAPSHOTS.map(({ kind }) => kind)).size).toBe(12);
  });

  test.each(SNAPSHOTS)("says of $file what its webhook says", ({ kind, data, webhook }) => {
    const { id, updated_at: updatedAtMs } = data as { readonly id: string; readonly updated_at: number };
    const message = observe(kind, data);
    expect(message).toMatchObject({
      type: `${kind}.observed`,
      source: "api",
      instanceId: INSTANCE_ID,
      timestampMs: updatedAtMs,
      receivedAtMs: RECEIVED_AT_MS,
      ref: { kind, id },
      version: { asOfMs: updatedAtMs, rank: -1, timestampMs: updatedAtMs, svixId: message.svixId },
      parents: webhook.parents,
      body: webhook.body,
    });
    expect(message.svixId).toStartWith(`api:${kind}:${id}:${updatedAtMs}:`);
    expect(message.svixId).toMatch(/^[\x21-\x7e]{1,400}$/);
  });

  test.each(SNAPSHOTS)("is read from the log as it was told ($file)", ({ kind, data }) => {
    const message = observe(kind, data);
    const read = (payload: string) =>
      readTold({
        entity_kind: message.ref.kind,
        entity_id: message.ref.id,
        svix_id: message.svixId,
        type: message.type,
        source: message.source,
        as_of_ms: message.version.asOfMs,
        rank: message.version.rank,
        timestamp_ms: message.version.timestampMs,
        received_at_ms: message.receivedAtMs,
        is_deletion: false,
        payload,
      });
    const { version, type, source, receivedAtMs, body } = message;
    expect(read(message.payload)).toEqual({ version, type, source, receivedAtMs, change: "live", body });
    expect(read(eraseTextPayload(message.payload, kind)).body?.kind).toBe(kind);
  });

  test("has an envelope like a webhook's for its payload", () => {
    const { payload } = observe("user", USER.envelope.data);
    expect(JSON.parse(payload)).toEqual({
      data: USER.envelope.data,
      instance_id: INSTANCE_ID,
      object: "event",
      timestamp: USER.envelope.data["updated_at"],
      type: "user.observed",
    });
  });

  test("is always the same message for the same snapshot, whoever takes it, whenever, and however it is ordered", () => {
    const names = Object.keys(USER.envelope.data);
    const orders = fc.shuffledSubarray(names, { minLength: names.length });
    fc.assert(
      fc.property(orders, fc.nat(), (order, laterMs) => {
        const data = Object.fromEntries(order.map((name) => [name, USER.envelope.data[name] ?? null]));
        const again = observationOf("user", data, { ...CONTEXT, receivedAtMs: RECEIVED_AT_MS + laterMs });
        const { receivedAtMs: _first, ...first } = observe("user", USER.envelope.data);
        expect({ ...again, receivedAtMs: 0 }).toEqual({ ...first, receivedAtMs: 0 } as Message);
      }),
    );
  });

  test("is another message for another snapshot as of the same instant", () => {
    const before = observe("user", USER.envelope.data);
    const after = observe("user", { ...USER.envelope.data, last_active_at: 1 });
    expect(after.svixId).not.toBe(before.svixId);
    expect(after.bodyHash).not.toBe(before.bodyHash);
    expect(before.bodyHash).toMatch(/^[0-9a-f]{64}$/);
    expect(before.svixId).toEndWith(before.bodyHash.slice(0, 32));
    const { data } = JSON.parse(before.payload);
    expect(createHash("sha256").update(JSON.stringify(data)).digest("hex")).toBe(before.bodyHash);
  });

  test("never beats a webhook as of the same instant", () => {
    for (const { kind, data, webhook } of SNAPSHOTS) {
      expect(compareVersions(observe(kind, data).version, webhook.version)).toBeLessThan(0);
    }
  });

  test.each([
    [{ id: undefined }, "data.id: expected a string of 1 to 255 printable ASCII characters, got nothing"],
    [{ id: "ünknown" }, "data.id: expected a string of 1 to 255 printable ASCII characters, got a string"],
    [
      { updated_at: undefined },
      "data.updated_at: expected an integer from 0 to 253402300799999 (milliseconds), got nothing",
    ],
    [{ updated_at: -1 }, "data.updated_at: expected an integer from 0 to 253402300799999 (milliseconds), got a number"],
  ])("can't be read with %j", (fields, fault) => {
    const data = JSON.parse(JSON.stringify({ ...USER.envelope.data, ...fields }));
    expect(observationOf("user", data, CONTEXT)).toMatchObject({ _tag: "Unreadable", source: "api", fault });
  });

  test("can't be read without what its kind can't do without, nor from what is no object", () => {
    const session = { id: "sess_1", updated_at: 1 };
    expect(observationOf("session", session, CONTEXT)).toMatchObject({ _tag: "Unreadable", fault: expect.any(String) });
    for (const data of [null, 1, "user", [USER.envelope.data]]) {
      const fault = "data: expected an object";
      expect(observationOf("user", data, CONTEXT)).toMatchObject({ _tag: "Unreadable", fault });
    }
  });
});
