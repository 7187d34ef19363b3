import { expect, test } from "bun:test";
import { Effect, Layer, ManagedRuntime, Redacted } from "effect";
import { makeClerkApi } from "../../../src/shell/clerk/clerk_api.ts";
import { FromClerk } from "../../../src/shell/clerk/from_clerk.ts";
import { Database } from "../../../src/shell/database/database.ts";
import { Ingest } from "../../../src/shell/ingest.ts";
import { EventStore } from "../../../src/shell/store/event_store.ts";
import { eachDatabase } from "../../support/databases.ts";
import { startFakeClerk } from "../../support/fake_clerk.ts";
import { INSTANCE_ID } from "../../support/histories.ts";

eachDatabase("FromClerk.take()", (database) => {
  test("asks Clerk for what is not on file, and not again for what has come since its caller looked", async () => {
    await using clerk = startFakeClerk();
    const id = clerk.world.addUser();
    const api = makeClerkApi({ apiUrl: clerk.url, secretKey: Redacted.make(clerk.secretKey) });
    const { db, flavor } = database();
    const runtime = ManagedRuntime.make(
      FromClerk.layer(api).pipe(
        Layer.provide(Ingest.layer({ queueMax: 10 })),
        Layer.provide(EventStore.layer({ instanceIds: [INSTANCE_ID], onDelete: "erase", production: true })),
        Layer.provide(Layer.succeed(Database, { db, flavor })),
      ),
    );
    const asked = (): readonly string[] =>
      clerk.calls.map(({ path }) => path).filter((path) => path.startsWith("/users/"));
    try {
      const { take } = await runtime.runPromise(FromClerk.use((it) => Effect.succeed(it)));
      if (take === null) throw new Error("There is a key");
      const took = (kind: "user", of: string) => runtime.runPromise(take({ kind, id: of }));
      expect(await took("user", id)).toBe("found");
      expect(await took("user", id)).toBe("found");
      expect(asked()).toEqual([`/users/${id}`]);
      expect(await took("user", "user_nobody")).toBe("missing");
      expect(asked()).toEqual([`/users/${id}`, "/users/user_nobody"]);
    } finally {
      await runtime.dispose();
    }
  });
});
