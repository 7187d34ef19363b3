import { emptyWorld, type Message, newestOf, type OnDelete, receive, type World } from "../../src/core/mod.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";
import { TABLES } from "../../src/shell/tables/mod.ts";
import { EPOCH_MS, INSTANCE_ID, type WireMessage } from "./histories.ts";
import type { ExpectedRow } from "./oracle.ts";

/** What a row shows, from wherever it comes, in the oracle's terms. */
export type ShownRow = Omit<ExpectedRow, "erased">;

/** A wire message as the edge hands it to the core, received `order` milliseconds after the first. */
export function decodeWire({ svixId, envelope }: WireMessage, order = 0): Message {
  return decodeDelivery({ svixId, body: JSON.stringify(envelope), receivedAtMs: EPOCH_MS + 60_000 + order });
}

/** The world after these deliveries, in this order. */
export function worldAfter(delivered: readonly WireMessage[], onDelete: OnDelete): World {
  const guard = { _tag: "Listed", instanceIds: [INSTANCE_ID] } as const;
  return delivered.map(decodeWire).reduce(receive, emptyWorld({ guard, onDelete }));
}

/** The in-memory tables in the oracle's terms. */
export function rowsOfWorld(world: World): ReadonlyMap<string, ShownRow> {
  const rows = [...world.rows.values()].map((row): readonly [string, ShownRow] => {
    const isUser = row.ref.kind === "user" && row.body !== null;
    const own = row.body?.kind === "user" ? row.body.value.lastSignInAtMs : null;
    const noted = isUser && !isErased(world, row.ref.id) ? (world.signInsMs.get(row.ref.id) ?? null) : null;
    return [
      `${TABLES[row.ref.kind].table}/${row.ref.id}`,
      {
        deletedAtMs: row.deletedAtMs,
        updatedAtMs: row.body?.value.updatedAtMs ?? null,
        data: row.body?.data ?? null,
        lastSignInAtMs: own === null && noted === null ? null : Math.max(own ?? 0, noted ?? 0),
      },
    ];
  });
  return new Map(rows);
}

function isErased(world: World, userId: string): boolean {
  const indexed = world.index.entities.get(`user/${userId}`);
  return world.index.onDelete === "erase" && indexed?.entity._tag === "Deleted" && newestOf(indexed.entity) !== null;
}
