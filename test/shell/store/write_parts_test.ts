import { expect, test } from "bun:test";
import { sql } from "kysely";
import type { Message } from "../../../src/core/mod.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { gone, told } from "../../support/examples.ts";
import { decodeStory } from "../../support/stories.ts";

/** A version of the user with these addresses, and one number that has no id. */
function version(step: number, addresses: readonly string[], type = "user.updated"): Message {
  const emails = addresses.map((id) => ({ id, email_address: `${id}@example.com` }));
  return decodeStory(told(type, step, { email_addresses: emails, phone_numbers: [{ phone_number: `+1${step}` }] }));
}

eachDatabase("writeParts()", (database) => {
  const shown = async (): Promise<readonly string[]> => {
    const { rows } = await sql<{ part: string }>`
      select id as part from clerk.email_addresses where user_id = 'user_1' union all
      select phone_number from clerk.phone_numbers where user_id = 'user_1' order by part`.execute(database().db);
    return rows.map(({ part }) => part);
  };
  const BORN = version(1, ["idn_a", "idn_b"], "user.created");

  test("takes away what a newer version lacks, whether or not it comes with others", async () => {
    const record = recorder(database());
    await record([BORN]);
    expect(await shown()).toEqual(["+11", "idn_a", "idn_b"]);
    await record([version(3, ["idn_b"])]);
    expect(await shown()).toEqual(["+13", "idn_b"]);
    await record([version(4, ["idn_b", "idn_c"]), version(5, ["idn_c"])]);
    expect(await shown()).toEqual(["+15", "idn_c"]);
    await record([version(6, [])]);
    expect(await shown()).toEqual(["+16"]);
  });

  test("takes nothing away for a late version", async () => {
    const record = recorder(database());
    await record([version(5, ["idn_a", "idn_b"])]);
    await record([version(3, []), version(4, ["idn_c"])]);
    expect(await shown()).toEqual(["+15", "idn_a", "idn_b"]);
  });

  test("follows a version that comes after a deletion, where the deleted are kept", async () => {
    const record = recorder(database(), { onDelete: "keep" });
    await record([BORN]);
    await record([decodeStory(gone("user.deleted", 9))]);
    await record([version(3, ["idn_b"])]);
    expect(await shown()).toEqual(["+13", "idn_b"]);
  });

  test("takes away what is there against all expectation, where the version on file does not say what it had", async () => {
    const record = recorder(database());
    await record([BORN]);
    await sql`update docket.log set payload = ''`.execute(database().db);
    await record([version(3, ["idn_b"])]);
    expect(await shown()).toEqual(["+13", "idn_b"]);
  });
});
