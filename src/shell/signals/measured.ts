import { Context, Duration, Effect, Layer } from "effect";
import { Database } from "../database/database.ts";
import { describeFault } from "../store/fault.ts";
import { LoopLag } from "./loop_lag.ts";
import { PulseWriter } from "./pulse_writer.ts";
import { Signals } from "./signals.ts";

/** At the end, beside the database's own limits. */
const LAST_WRITE_LIMIT = Duration.seconds(2);

/** What this process counts, and the writing of it to where all processes write. */
export class Measured extends Context.Service<
  Measured,
  {
    readonly signals: Signals;
    readonly pulses: PulseWriter;
    readonly loopLag: LoopLag;
  }
>()("docket/shell/Measured") {
  /** Writes every ten seconds while the layer lives, and once at its end. A database that is away breaks nothing. */
  static layer: Layer.Layer<Measured, never, Database> = Layer.effect(
    Measured,
    Effect.gen(function* () {
      const { db } = yield* Database;
      const log = Effect.runForkWith(yield* Effect.context<never>());
      const onFault = (cause: unknown): void => void log(Effect.logWarning("Pulse not written", describeFault(cause)));
      const signals = new Signals();
      const pulses = new PulseWriter(db, signals, { onFault });
      const write = Effect.promise(() => pulses.write());
      yield* Effect.addFinalizer(() => Effect.timeoutOption(write, LAST_WRITE_LIMIT));
      yield* Effect.suspend(() => Effect.sleep(pulses.untilNextMs())).pipe(
        Effect.andThen(write),
        Effect.forever,
        Effect.forkScoped,
      );
      const loopLag = new LoopLag();
      yield* Effect.acquireRelease(
        Effect.sync(() => loopLag.start()),
        () => Effect.sync(() => loopLag.stop()),
      );
      return Measured.of({ signals, pulses, loopLag });
    }),
  );
}
