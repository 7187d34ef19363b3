import { Clock, Effect } from "effect";
import type { Json, JsonObject, Message } from "../../core/mod.ts";
import { recordMessages } from "../backfill/record_entities.ts";
import { type ObservableKind, observationOf } from "../clerk/observation.ts";
import { readId } from "../decode/read.ts";
import { askAgain } from "./ask_again.ts";
import { compareEntity, type Standing } from "./compare_entity.ts";
import type { Context, Looked, ReconcileFailure } from "./context.ts";
import type { Discrepancy, Found } from "./discrepancy.ts";
import { rowsOf } from "./table_side.ts";

/** How one entity stands, and the message that says what Clerk has. */
interface Checked {
  readonly id: string;
  readonly message: Message;
  readonly standing: Standing | { readonly _tag: "Unreadable"; readonly fault: string };
}

const ASKED_AT_ONCE = 5;

/**
 * Compares entities of a kind, as Clerk's API has them, with their rows. With `fix` what Clerk has newer is recorded as an
 * observation, and what then is equal counts as fixed: webhooks that come meanwhile win or lose by version.
 */
export function checkEntities(
  kind: ObservableKind,
  entities: readonly JsonObject[],
  context: Context,
): Effect.Effect<Looked, ReconcileFailure> {
  return Effect.gen(function* () {
    const { db, store, instanceId, fix } = context;
    const receivedAtMs = yield* Clock.currentTimeMillis;
    const messages = entities.map((data): readonly [string, Message] => [
      readId(data, "id") ?? "",
      observationOf(kind, data, { receivedAtMs, instanceId }),
    ]);
    const checked = yield* check(kind, messages, db);
    const settled = yield* Effect.forEach(checked, (it) => lookTwice(kind, it, context), {
      concurrency: ASKED_AT_ONCE,
    });
    const found = settled.flatMap((it): readonly [Checked, Discrepancy][] => {
      const discrepancy = discrepancyOf(kind, it);
      return discrepancy === null ? [] : [[it, discrepancy]];
    });
    const ahead = settled.filter(({ standing }) => standing._tag === "Ahead").length;
    const compared = entities.length;
    if (!fix) return { compared, ahead, found: found.map(([, it]): Found => ({ ...it, outcome: "found" })) };
    const mended = found
      .filter(([, { hopeless }]) => hopeless === null)
      .map(([{ id, message }]) => [id, message] as const);
    yield* recordMessages(
      mended.map(([, message]) => message),
      store,
    );
    const again = new Map((yield* check(kind, mended, db)).map((it) => [it.id, it]));
    return { compared, ahead, found: found.map(([{ id }, it]) => afterMending(it, again.get(id))) };
  });
}

function check(
  kind: ObservableKind,
  messages: readonly (readonly [string, Message])[],
  db: Context["db"],
): Effect.Effect<readonly Checked[], ReconcileFailure> {
  if (messages.length === 0) return Effect.succeed([]);
  const ids = messages.map(([id]) => id);
  return Effect.map(rowsOf(db, kind, ids), (rows) =>
    messages.map(([id, message]): Checked => {
      if (message._tag === "Unreadable") return { id, message, standing: message };
      if (message._tag !== "Changed") throw new TypeError("Cannot compare what is no snapshot");
      const { body, version } = message;
      return { id, message, standing: compareEntity({ body, asOfMs: version.asOfMs }, rows.get(id)) };
    }),
  );
}

/** A row that is deleted is asked for once more: the list may be older than its deletion. */
function lookTwice(kind: ObservableKind, checked: Checked, { api }: Context): Effect.Effect<Checked, ReconcileFailure> {
  const { id, message, standing } = checked;
  if (standing._tag !== "Buried" || message._tag !== "Changed") return Effect.succeed(checked);
  return Effect.map(askAgain(api, { kind, id, parents: message.parents }), (answer) =>
    answer._tag === "Missing" ? { ...checked, standing: { _tag: "Ahead" } } : checked,
  );
}

const FINAL = "it was deleted, and a deletion is final: Clerk never gives an id again";
const DISPUTED =
  "both are of the same updated_at: a webhook's word stands. `docket verify` says whether the table is what the log says";

function discrepancyOf(kind: ObservableKind, { id, standing }: Checked): Discrepancy | null {
  const common = { kind, id, fields: [], hopeless: null } as const;
  switch (standing._tag) {
    case "Equal":
    case "Ahead":
      return null;
    case "Missing":
      return { ...common, is: "missing" };
    case "Behind":
      return { ...common, is: "different", fields: standing.fields };
    case "Disputed":
      return { ...common, is: "different", fields: standing.fields, hopeless: DISPUTED };
    case "Buried":
      return { ...common, is: "different", fields: [ofDeletion(standing.deletedAt)], hopeless: FINAL };
    case "Unreadable":
      return { ...common, is: "different", hopeless: `Clerk's answer can't be read: ${standing.fault}` };
    default:
      return standing satisfies never;
  }
}

function ofDeletion(deletedAt: Json): Discrepancy["fields"][number] {
  return { field: "deleted_at", inTable: deletedAt, atClerk: null };
}

/** What is newer by now, or deleted, is no difference any more. */
function afterMending(discrepancy: Discrepancy, after: Checked | undefined): Found {
  const mended = ["Equal", "Ahead", "Buried"].includes(after?.standing._tag ?? "");
  return { ...discrepancy, outcome: mended ? "fixed" : "left" };
}
