/**
 * Asks once for all who ask at the same time, and keeps what was answered for `keepMs` after it came. What the question
 * costs then does not depend on how many ask it.
 */
export function shareAnswer<A>(ask: () => Promise<A>, keepMs: number): () => Promise<A> {
  let shared: Promise<A> | undefined;
  const forget = (): void => {
    setTimeout(() => {
      shared = undefined;
    }, keepMs).unref();
  };
  return () => {
    shared ??= ask().finally(forget);
    return shared;
  };
}
