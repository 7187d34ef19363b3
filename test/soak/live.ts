import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { cleanUp } from "../support/cleanup.ts";
import { openTestDatabase } from "../support/databases.ts";
import { recorder } from "../support/event_store.ts";
import { told } from "../support/examples.ts";
import { listen } from "../support/live.ts";
import { startProcess } from "../support/process.ts";
import { decodeStory } from "../support/stories.ts";

/**
 * Many messages a second are recorded by this process, while another one tells its listeners of them: some who read, and
 * some who do not. Its pulse stays, its memory stays, and it stops at once though some never took what they were given.
 *
 *     bun test/soak/live.ts [messages a second] [seconds] [listeners] [stuck ones]      (2000, 20, 20 and 10 unless said)
 */
const [PER_SECOND = 2_000, SECONDS = 20, LISTENERS = 20, STUCK = 10] = process.argv.slice(2).map(Number);
const BATCH = 200;

const database = await openTestDatabase("postgres");
const docket = await startProcess({ environment: { DATABASE_URL: database.url ?? "", LOG_LEVEL: "warn" } });
const record = recorder(database);
const stuck = await Promise.all(Array.from({ length: STUCK }, () => stick(docket.url)));
const listeners = await Promise.all(Array.from({ length: LISTENERS }, () => listen(docket)));
const before = memoryMib(docket.pid);
const startedMs = performance.now();
let sent = 0;
let most = before;
while (performance.now() - startedMs < SECONDS * 1_000) {
  const at = sent;
  const messages = Array.from({ length: BATCH }, (_, index) => {
    const id = `user_${at + index}`;
    return { ...decodeStory(told("user.created", 1, {}, id, id)), receivedAtMs: Date.now(), timestampMs: Date.now() };
  });
  await record(messages);
  sent += BATCH;
  most = Math.max(most, memoryMib(docket.pid));
  await Bun.sleep(Math.max(0, (sent * 1_000) / PER_SECOND - (performance.now() - startedMs)));
}
const tookSeconds = (performance.now() - startedMs) / 1_000;
await Bun.sleep(2_000);
for (const listener of listeners.slice(0, 3)) {
  const pulses = listener.heard.filter(({ event }) => event === "pulse");
  const gaps = pulses.slice(1).map(({ data }, index) => Date.parse(data.at) - Date.parse(pulses[index]?.data.at));
  const items = listener.items("events").length;
  const skipped = listener.heard.reduce((sum, { event, data }) => sum + (event === "events" ? data.skipped : 0), 0);
  const events = listener.heard.filter(({ event }) => event === "events").length;
  console.log(
    `heard ${items} and ${skipped} skipped in ${events} events, ${listener.counted("received")} counted; ` +
      `${pulses.length} pulses, at most ${Math.max(...gaps)} ms apart`,
  );
}
console.log(`${sent} recorded in ${tookSeconds.toFixed(1)} s: ${Math.round(sent / tookSeconds)} a second`);
console.log(`memory of the service: ${before} MiB before, at most ${most} MiB, ${memoryMib(docket.pid)} MiB after`);
const stopMs = performance.now();
const code = await docket.signal("SIGTERM");
console.log(`stopped with ${code} after ${Math.round(performance.now() - stopMs)} ms, ${STUCK} listeners stuck`);
for (const socket of stuck) socket.destroy();
await database.close();
await cleanUp();
process.exit(0);

/** One who asks, and then never reads. */
async function stick(url: string): Promise<Socket> {
  const { port, host } = new URL(url);
  const socket = connect({ port: Number(port), host: "127.0.0.1" });
  socket.pause();
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(`GET /v1/live HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return socket;
}

function memoryMib(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kib) / 1_024);
}
