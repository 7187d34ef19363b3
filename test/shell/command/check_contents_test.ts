import { expect, test } from "bun:test";
import { Effect } from "effect";
import { sql } from "kysely";
import { type AppConfig, readAppConfig } from "../../../src/shell/app_config.ts";
import type { Check } from "../../../src/shell/command/check.ts";
import { checkContents } from "../../../src/shell/command/check_contents.ts";
import { checkRunning } from "../../../src/shell/command/check_running.ts";
import { writeVerdict } from "../../../src/shell/silence/silence_state.ts";
import { eachDatabase } from "../../support/databases.ts";
import { startFakeClerk } from "../../support/fake_clerk.ts";
import { startService } from "../../support/service.ts";

function config(environment: Readonly<Record<string, string>> = {}): AppConfig {
  return Effect.runSync(readAppConfig(environment));
}

function lines(checks: readonly Check[]): readonly string[] {
  return checks.map(({ name, status, detail }) => `${status} ${name}: ${detail}`);
}

eachDatabase("docket doctor", (database) => {
  const watch = (checkedAt: string): Promise<unknown> =>
    sql`insert into docket.silence (watched_since, listening_since, due_at, checked_at)
      values (now(), now(), now(), now() - ${checkedAt}::interval)`.execute(database().db);

  test("is content with a service that has nothing to tell, and sees when nobody watches", async () => {
    const { db } = database();
    const work = "ok work: no job was given up, no target fails, no policy is stopped";
    expect(lines(await checkContents(db, config()))).toEqual([
      "ok source: not watched yet: a running Docket does it",
      work,
    ]);
    await watch("1 minute");
    expect(lines(await checkContents(db, config()))).toEqual([
      "ok source: Clerk's webhooks come, or there is nothing to tell",
      work,
    ]);
    await sql`update docket.silence set clerk_error = 'Clerk answered 401'`.execute(db);
    expect(lines(await checkContents(db, config()))[0]).toContain("warning source: Clerk cannot be asked");
    await sql`update docket.silence set checked_at = now() - interval '6 minutes'`.execute(db);
    expect(lines(await checkContents(db, config()))[0]).toContain("warning source: nobody watches");
    expect(lines(await checkContents(db, config({ DOCKET_SILENCE_AFTER: "off" })))[0]).toContain(
      "ok source: not watched",
    );
  });

  test("says what waits for a person and what to do, also from the outside", async () => {
    const { db } = database();
    await watch("1 minute");
    const atMs = Date.now();
    const findings = [{ _tag: "BehindClerk", kind: "user", id: "user_1", atMs }] as const;
    await writeVerdict(db, { atMs, findings, pending: findings, clerkError: null, isHooked: false });
    await sql`
      insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until, phase)
      select 'k' || n, case when n < 3 then 'welcome' else 'seats' end, 'user', 'u' || n, '+', 1, 'm', 'log', 'null', now(),
        '"never"', 'dead' from generate_series(1, 6) n`.execute(db);
    await sql`insert into docket.breaker (target, handler, opened_at, probe_at) values ('crm', 'h', now(), now())`.execute(
      db,
    );
    await sql`insert into docket.policy_stop (policy, stopped_at, reason) values ('welcome', now(), 'many')`.execute(
      db,
    );
    await sql`insert into docket.message (svix_id, body_hash, outcome) values ('m', '', 'quarantined')`.execute(db);
    await sql`insert into docket.drift (what, type, name, seen, first_seen_at, last_seen_at, svix_id)
      values ('type', 'passkey.created', 'passkey.created', 2, now(), now(), 'm'),
        ('field', 'user.updated', 'mood', 1, now(), now(), 'm')`.execute(db);
    const checks = await checkContents(db, config());
    expect(lines(checks)).toEqual([
      `failure source: Clerk changed user user_1 at ${new Date(atMs).toISOString()}, and no webhook told of it (silent since ${new Date(atMs).toISOString()})`,
      "warning jobs: 6 given up: 4 of seats, 2 of welcome",
      "warning policies: stopped, since too many jobs came at once: welcome",
      "warning targets: failing, and left alone: crm",
      "warning messages: 1 on file that were not understood",
      "warning drift: event types without a table: passkey.created; unknown fields: mood in user.updated",
    ]);
    for (const { advice } of checks.slice(0, -1)) expect(advice).toContain("docket ");

    const service = await startService(database());
    const running = await checkRunning(Number(new URL(service.url).port));
    await service.stop();
    expect(running.map(({ name, status }) => `${status} ${name}`)).toEqual([
      "failure source",
      "warning jobs",
      "warning policies",
      "warning targets",
      "warning messages",
    ]);
    expect(running[1]?.detail).toBe("6 given up");
    expect(await checkRunning(1)).toEqual([]);
  });

  test("knows whether the key is of the instance whose webhooks are accepted", async () => {
    const { db } = database();
    await using clerk = startFakeClerk();
    const { instanceId } = clerk.world;
    const environment = { CLERK_API_URL: clerk.url, CLERK_SECRET_KEY: clerk.secretKey };
    const last = async (more: Readonly<Record<string, string>> = {}): Promise<string | undefined> =>
      lines(await checkContents(db, config({ ...environment, ...more }))).at(-1);
    expect(await last()).toBe(`ok Clerk API: answers, for ${instanceId}`);
    await sql`insert into docket.setting (key, value) values ('instance_id', 'ins_seen')`.execute(db);
    expect(await last()).toBe(
      `failure Clerk API: CLERK_SECRET_KEY is a key of ${instanceId}, but webhooks are accepted of ins_seen`,
    );
    expect(await last({ DOCKET_INSTANCE_IDS: `ins_seen,${instanceId}` })).toStartWith("ok");
    expect(await last({ CLERK_SECRET_KEY: "sk_test_wrong" })).toContain("warning Clerk API: Clerk answered 401");
  });
});
