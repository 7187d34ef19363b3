import { afterEach, expect, test } from "bun:test";
import { Effect, Exit, Fiber } from "effect";
import * as FetchHttpClient from "effect/http/FetchHttpClient";
import * as HttpClient from "effect/http/HttpClient";
import { boundedClient } from "../../../src/shell/telemetry/bounded_client.ts";
import { logging } from "../../support/logging.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";

let receiver: Receiver;
afterEach(() => receiver[Symbol.asyncDispose]());

const client = await HttpClient.HttpClient.pipe(
  Effect.map(boundedClient),
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise,
);
const quiet = logging();
const ask = Effect.suspend(() => client.get(receiver.url)).pipe(Effect.provide(quiet.layer));

test("tries once more, and no oftener, what fails", async () => {
  receiver = startReceiver();
  receiver.script.push({ status: 500 }, { status: 200 });
  expect(Exit.isSuccess(await Effect.runPromiseExit(ask))).toBe(true);
  expect(receiver.requests.length).toBe(2);
  receiver.mood = { status: 500 };
  const saidBefore = quiet.texts().length;
  expect(Exit.hasDies(await Effect.runPromiseExit(ask))).toBe(true);
  expect(receiver.requests.length).toBe(4);
  expect(quiet.texts().slice(saidBefore)).toEqual(["Traces or logs not exported"]);
});

test("has 16 requests under way at once, drops what comes above that, and has room again when they end", async () => {
  receiver = startReceiver();
  receiver.mood = "hang";
  const hanging = Array.from({ length: 16 }, () => Effect.runFork(ask));
  while (receiver.requests.length < 16) await Bun.sleep(5);
  expect(Exit.isSuccess(await Effect.runPromiseExit(ask))).toBe(true);
  expect(receiver.requests.length).toBe(16);
  await Effect.runPromise(Fiber.interruptAll(hanging));
  receiver.mood = { status: 200 };
  await Effect.runPromise(ask);
  expect(receiver.requests.length).toBe(17);
});
