import type { JsonObject } from "../../../src/core/mod.ts";
import type { FakeReply } from "./reply.ts";
import type { FakeWorld } from "./world.ts";

/** A call that matched a route. */
export interface RoutedCall {
  readonly world: FakeWorld;
  /** What stands in the path for `:name`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
}

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly answer: (call: RoutedCall) => FakeReply;
}

/** @param path After `/v1`, with `:name` for a step that may be anything. */
export function route(line: `${string} /${string}`, answer: Route["answer"]): Route {
  const [method = "", path = ""] = line.split(" ");
  const pattern = new RegExp(`^${path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
  return { method, pattern, answer };
}
