import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { foldPulses, PULSE_SECONDS, type Pulse, writePulses } from "./pulse_store.ts";
import type { Signals } from "./signals.ts";
import type { Tally } from "./tally.ts";

export interface PulseWriterOptions {
  readonly onFault: (cause: unknown) => void;
  /** @default the clock */
  readonly nowMs?: () => number;
}

/** Pulses kept while the database is away: an hour of them. Of what is older nobody will know. */
const UNWRITTEN_MAX = 360;
const FOLD_EVERY_MS = 300_000;
/** Looks for what all wrote, while something is written in between. */
const LOOKS_MAX = 3;

/** Writes what this process counted to `docket.pulse`, beside the work that is counted. */
export class PulseWriter {
  readonly #db: Kysely<DocketDatabase>;
  readonly #signals: Signals;
  readonly #options: PulseWriterOptions;
  readonly #process = Bun.randomUUIDv7();
  readonly #unwritten: Pulse[] = [];
  #cut: Tally;
  #cutAtMs: number;
  #lastAtMs = 0;
  #version = 0;
  #foldedAtMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;

  constructor(db: Kysely<DocketDatabase>, signals: Signals, options: PulseWriterOptions) {
    this.#db = db;
    this.#signals = signals;
    this.#options = options;
    this.#cut = signals.total();
    this.#cutAtMs = this.#now();
  }

  /** What was counted and is not written yet, the present pulse last. */
  unwritten(): readonly Pulse[] {
    return [...this.#unwritten, { atMs: this.#cutAtMs, tally: this.#signals.total().since(this.#cut) }];
  }

  /** Milliseconds until the present pulse is over. */
  untilNextMs(): number {
    const spanMs = PULSE_SECONDS * 1_000;
    return spanMs - (this.#now() % spanMs);
  }

  /** Ends the present pulse and writes it, with those that could not be written before. Never rejects. */
  async write(): Promise<void> {
    this.#end();
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /**
   * What all wrote, as `read` gives it, and what of this process's is not among it. What is written meanwhile is in one of
   * the two and not in both.
   */
  async whole<T>(read: () => Promise<T>): Promise<{ readonly written: T; readonly unwritten: readonly Pulse[] }> {
    for (let looks = 1; ; looks += 1) {
      await this.#writing;
      const [unwritten, version] = [this.unwritten(), this.#version];
      const written = await read();
      if ((version === this.#version && this.#writing === undefined) || looks === LOOKS_MAX) {
        return { written, unwritten };
      }
    }
  }

  #end(): void {
    const total = this.#signals.total();
    const tally = total.since(this.#cut);
    // Two pulses of one instant would be one row.
    const atMs = Math.max(this.#cutAtMs, this.#lastAtMs + 1);
    this.#cut = total;
    this.#cutAtMs = this.#now();
    if (tally.isEmpty) return;
    this.#lastAtMs = atMs;
    this.#unwritten.push({ atMs, tally });
    if (this.#unwritten.length > UNWRITTEN_MAX) this.#unwritten.shift();
  }

  async #writeAll(): Promise<void> {
    const pulses = [...this.#unwritten];
    try {
      await writePulses(this.#db, this.#process, pulses);
      const rest = this.#unwritten.filter((it) => !pulses.includes(it));
      this.#unwritten.splice(0, this.#unwritten.length, ...rest);
      this.#version += 1;
      const nowMs = this.#now();
      if (nowMs - this.#foldedAtMs < FOLD_EVERY_MS) return;
      this.#foldedAtMs = nowMs;
      await foldPulses(this.#db, nowMs);
    } catch (cause) {
      this.#options.onFault(cause);
    }
  }

  #now(): number {
    return this.#options.nowMs?.() ?? Date.now();
  }
}
