import { Data } from "effect";

/** A setting is missing or wrong. Names the variable and what to do, never the value. Retrying cannot help. */
export class SettingError extends Data.TaggedError("SettingError")<{
  readonly variable: string;
  readonly problem: string;
}> {
  override get message(): string {
    return `${this.variable}: ${this.problem}`;
  }
}
