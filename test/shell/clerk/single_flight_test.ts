import { expect, test } from "bun:test";
import { Effect, References } from "effect";
import { singleFlight } from "../../../src/shell/clerk/single_flight.ts";

test("singleFlight() shares one run among those who ask at once, and begins anew for those who come later", async () => {
  let runs = 0;
  const fly = singleFlight(
    (key: string) => key,
    () =>
      Effect.delay(
        Effect.sync(() => (runs += 1)),
        10,
      ),
  );
  const together = await Effect.runPromise(Effect.all([fly("a"), fly("a"), fly("b")], { concurrency: "unbounded" }));
  expect(together.toSorted()).toEqual([1, 1, 2]);
  expect(await Effect.runPromise(fly("a"))).toBe(3);
});

test("singleFlight() does not remember what was over at once, wherever its fiber gives way", async () => {
  for (let opsMax = 4; opsMax <= 40; opsMax += 1) {
    let runs = 0;
    const fly = singleFlight(
      (key: string) => key,
      () =>
        Effect.suspend(() => {
          runs += 1;
          return Effect.fail(runs);
        }),
    );
    const twice = Effect.andThen(Effect.flip(fly("a")), Effect.flip(fly("a")));
    const second = await Effect.runPromise(Effect.provideService(twice, References.MaxOpsBeforeYield, opsMax));
    expect({ opsMax, second }).toEqual({ opsMax, second: 2 });
  }
});
