/** The command was asked for wrongly, or cannot do its work as things stand. The message says what to do instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
