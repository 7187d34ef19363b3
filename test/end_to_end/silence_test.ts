import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configFile } from "../support/config_file.ts";
import { type FakeClerk, startFakeClerk } from "../support/fake_clerk.ts";
import { ownProcesses } from "../support/own_processes.ts";
import { runCommand, type ServeProcess } from "../support/process.ts";
import { send } from "../support/service.ts";

/** Goal: webhooks that stop are noticed within the configured time, by whole processes, and so is their return. */

const LIMIT_MS = 60_000;
const AFTER_MS = 4_000;
/** A busy machine may be late, and the look itself takes a moment. */
const TOLERANCE_MS = 2_000;
const { start, openPostgres, defer } = ownProcesses(LIMIT_MS);

/** Writes each alarm down; the first time it is told of one, it fails. */
const CONFIG = `
  import { appendFileSync, existsSync, writeFileSync } from "node:fs";
  import { join } from "node:path";
  import { defineConfig } from "docket";
  export default defineConfig({
    hooks: {
      silence: async (alarm) => {
        const failed = join(import.meta.dir, "failed");
        if (!existsSync(failed)) {
          writeFileSync(failed, "");
          throw new Error("pager away");
        }
        appendFileSync(join(import.meta.dir, "alarms"), JSON.stringify(alarm) + "\\n");
      },
    },
  });`;

async function until(holds: () => Promise<boolean> | boolean, limitMs: number): Promise<number> {
  const fromMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - fromMs > limitMs) throw new Error(`It did not come so within ${limitMs} ms`);
    await Bun.sleep(50);
  }
  return performance.now() - fromMs;
}

async function metrics({ url }: ServeProcess): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

async function isSilent(running: ServeProcess): Promise<boolean> {
  return (await metrics(running)).includes("\ndocket_source_silent 1\n");
}

/** Sends what the fake told since the last time. */
function forwarder({ world }: FakeClerk, running: ServeProcess): () => Promise<void> {
  let sent = 0;
  return async () => {
    for (const { svixId, body } of world.events().slice(sent)) {
      expect((await send(running, body, { id: svixId })).status).toBe(200);
      sent += 1;
    }
  };
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

test(
  "webhooks that stop while Clerk changes are noticed in time by one of two processes, told once, and taken back",
  async () => {
    await using clerk = startFakeClerk({ seed: "silence" });
    using config = configFile(CONFIG);
    const { url } = await openPostgres();
    // Of before there was any webhook: nobody could have told of it.
    clerk.world.silently(() => clerk.world.addUser());
    const environment = {
      DATABASE_URL: url,
      CLERK_API_URL: clerk.url,
      CLERK_SECRET_KEY: clerk.secretKey,
      DOCKET_SILENCE_AFTER: `${AFTER_MS / 1_000} seconds`,
      DOCKET_CONFIG: config.path,
    };
    const running = await start(environment);
    const other = await start({ ...environment, DOCKET_ROLE: "worker" });
    const forward = forwarder(clerk, running);
    const alarms = (): readonly { readonly state: string; readonly message: string }[] => {
      const text = Bun.file(join(config.folder, "alarms")).size > 0 ? read(join(config.folder, "alarms")) : "";
      return text.trim() === ""
        ? []
        : text
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line));
    };

    // Webhooks come: no alarm, for longer than one would take.
    const userId = clerk.world.addUser();
    const leaver = clerk.world.addUser();
    for (let turn = 0; turn < 6; turn += 1) {
      clerk.world.change("user", userId, { fields: { first_name: `Ada ${turn}` }, type: "user.updated" });
      await forward();
      await Bun.sleep(AFTER_MS / 5);
    }
    expect(await isSilent(running)).toBe(false);

    // They stop, and Clerk goes on changing faster than a webhook may be late.
    const stopped = clerk.world.addUser();
    clerk.world.remove("user", leaver, { type: "user.deleted", data: { id: leaver, deleted: true, object: "user" } });
    let turn = 0;
    const changing = setInterval(() => {
      turn += 1;
      clerk.world.change("user", userId, { fields: { first_name: `Eve ${turn}` }, type: "user.updated" });
    }, 200);
    defer(async () => clearInterval(changing));
    expect(await until(() => isSilent(running), AFTER_MS + TOLERANCE_MS)).toBeGreaterThan(AFTER_MS / 4);
    clearInterval(changing);
    const doctor = await runCommand("doctor", { ...environment, DOCKET_INSTANCE_IDS: "", PORT: "1" });
    expect(doctor.code).toBe(1);
    expect(doctor.output).toContain("failure  source: Clerk changed user");
    expect(doctor.output).toContain("Dashboard > Webhooks");
    expect(doctor.output).toContain("docket reconcile --fix");
    await until(() => alarms().length === 1, 25_000);
    expect(alarms()).toMatchObject([{ id: "1", state: "silent", findings: [{ _tag: "BehindClerk", kind: "user" }] }]);
    expect(alarms()[0]?.message).toContain("no webhook told of it");

    // What they would have told is mended without them, deletions included.
    const compared = await runCommand("reconcile", environment);
    expect(compared.code).toBe(1);
    expect(compared.output).toContain(`user ${leaver}: deleted at Clerk, live in the table`);
    expect(compared.output).toContain(`user ${stopped}: missing, Clerk has it`);
    expect((await runCommand("reconcile --fix", environment)).code).toBe(0);
    expect((await runCommand("reconcile", environment)).output).toContain("equal: the tables are what Clerk says");

    // They come again.
    await forward();
    await until(async () => !(await isSilent(running)), AFTER_MS + TOLERANCE_MS);
    await until(() => alarms().length === 2, AFTER_MS + TOLERANCE_MS);
    expect(alarms()[1]).toMatchObject({ id: "2", state: "heard", findings: [] });
    const healed = await runCommand("doctor", { ...environment, PORT: "1" });
    expect(healed.output).toContain("ok       source: Clerk's webhooks come");
    expect(healed.output).toContain(`ok       Clerk API: answers, for ${clerk.world.instanceId}`);
    expect(clerk.world.get("user", stopped)).toBeDefined();
    const logs = running.output() + other.output();
    expect(countOf(logs, "Clerk's webhooks are silent")).toBe(1);
    expect(countOf(logs, "Clerk's webhooks come again")).toBe(1);
    expect(countOf(logs, "Silence hook failed, will try again")).toBe(1);
    // Two processes ask no more than one would.
    const asked = clerk.calls.filter(({ path }) => path === "/users").length;
    expect(asked).toBeLessThan(60);
    expect(await Promise.all([running.signal("SIGTERM"), other.signal("SIGTERM")])).toEqual([0, 0]);
  },
  LIMIT_MS,
);

function read(path: string): string {
  return readFileSync(path, "utf8");
}
