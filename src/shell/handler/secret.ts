import { Redacted } from "effect";

/** A secret as a config may give it: a text, or one that is wrapped already. */
export type Secret = string | Redacted.Redacted<string>;

/** The secret wrapped, so that no log and no error shows it. */
export function wrapSecret(secret: Secret): Redacted.Redacted<string> {
  return typeof secret === "string" ? Redacted.make(secret) : secret;
}
