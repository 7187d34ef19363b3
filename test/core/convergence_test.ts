import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { apply, consult, reduce } from "../../src/core/mod.ts";
import { expectRows } from "../support/expect_rows.ts";
import { deliveries, histories } from "../support/histories.ts";
import { decodeWire, rowsOfWorld, worldAfter } from "../support/mirror.ts";
import { expectedRows } from "../support/oracle.ts";

const onDelete = fc.constantFrom("erase" as const, "keep" as const);

describe("reduce()", () => {
  test("always ends in the tables of the sorted history, however delivery is shuffled and repeated", () => {
    fc.assert(
      fc.property(deliveries, onDelete, ({ history, delivered }, mode) => {
        expectRows(rowsOfWorld(worldAfter(delivered, mode)), expectedRows(history, { onDelete: mode }));
      }),
    );
  });

  test("always changes nothing but the delivery count when a message comes again", () => {
    fc.assert(
      fc.property(histories, onDelete, fc.nat(), (history, mode, pick) => {
        const world = worldAfter(history, mode);
        const again = decodeWire(history[pick % history.length] ?? fail(), 99);
        const effects = reduce(consult(world.index, again), again);
        expect(effects.map(({ _tag }) => _tag)).toEqual(["CountDelivery", "SkipMessage"]);
        const after = effects.reduce(apply, world);
        expect(after.rows).toEqual(world.rows);
        expect(after.index.entities).toEqual(world.index.entities);
        expect(after.log.get(again.svixId)?.deliveries).toBe((world.log.get(again.svixId)?.deliveries ?? 0) + 1);
      }),
    );
  });

  test("always emits plain data that survives JSON, and first files or counts the message", () => {
    fc.assert(
      fc.property(deliveries, onDelete, ({ delivered }, mode) => {
        let world = worldAfter([], mode);
        for (const [order, wire] of delivered.entries()) {
          const message = decodeWire(wire, order);
          const effects = reduce(consult(world.index, message), message);
          expect(JSON.parse(JSON.stringify(effects))).toEqual(effects as never);
          expect(["FileMessage", "CountDelivery"]).toContain(effects[0]?._tag ?? "none");
          world = effects.reduce(apply, world);
        }
      }),
    );
  });

  test("never mutates its arguments", () => {
    fc.assert(
      fc.property(deliveries, onDelete, ({ delivered }, mode) => {
        let world = worldAfter([], mode);
        for (const wire of delivered) {
          const message = deepFreeze(decodeWire(wire));
          const onFile = deepFreeze(consult(world.index, message));
          world = reduce(onFile, message).map(deepFreeze).reduce(apply, world);
        }
      }),
    );
  });

  test("never lets the log forget a message, and keeps its first receipt", () => {
    fc.assert(
      fc.property(deliveries, onDelete, ({ history, delivered }, mode) => {
        const { log } = worldAfter(delivered, mode);
        expect([...log.keys()].sort()).toEqual(history.map(({ svixId }) => svixId).sort());
        for (const { svixId } of history) {
          const first = delivered.findIndex((it) => it.svixId === svixId);
          const entry = log.get(svixId);
          expect(entry?.deliveries).toBe(delivered.filter((it) => it.svixId === svixId).length);
          expect(entry?.envelope.receivedAtMs).toBe(decodeWire(history[0] ?? fail(), first).receivedAtMs);
        }
      }),
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

function fail(): never {
  throw new Error("histories are never empty");
}
