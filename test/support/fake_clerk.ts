import type { Json } from "../../src/core/mod.ts";
import { isJsonObject } from "../../src/shell/decode/parse_json.ts";
import { type Fault, type FaultOptions, Faults, refusalOf } from "./fake_clerk/fault.ts";
import { LIST_ROUTES } from "./fake_clerk/list_routes.ts";
import { ORGANIZATION_ROUTES } from "./fake_clerk/organization_routes.ts";
import { type RateLimit, RateLimiter } from "./fake_clerk/rate_limit.ts";
import { type FakeReply, notFound, ok, refused } from "./fake_clerk/reply.ts";
import { type Route, route } from "./fake_clerk/route.ts";
import { SESSION_ROUTES } from "./fake_clerk/session_routes.ts";
import { USER_ROUTES } from "./fake_clerk/user_routes.ts";
import { FakeWorld } from "./fake_clerk/world.ts";
import { INSTANCE_ID } from "./histories.ts";

/** A call as it came. */
export interface FakeCall {
  readonly method: string;
  /** After `/v1`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The query as it was sent: a name may stand in it more than once. */
  readonly search: string;
  readonly body: Json;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FakeClerkOptions {
  readonly instanceId?: string;
  /** The same seed makes the same ids. */
  readonly seed?: string;
  /** @default the real one */
  readonly clock?: () => number;
  /** @default none */
  readonly rateLimit?: RateLimit;
}

/** Clerk's Backend API on a real HTTP server, with a world behind it. */
export interface FakeClerk extends AsyncDisposable {
  /** For `CLERK_API_URL`. */
  readonly url: string;
  /** For `CLERK_SECRET_KEY`. */
  readonly secretKey: string;
  readonly world: FakeWorld;
  /** All calls so far, also those that went wrong. */
  readonly calls: readonly FakeCall[];
  /** Most calls that were there at once. */
  mostAtOnce(): number;
  /** Callers who went away before they had their answer. */
  hangUps(): number;
  /** Calls that were too many. */
  refusedCalls(): number;
  /** Lets the next call that fits go wrong. */
  fail(fault: Fault, options?: FaultOptions): void;
}

/** Starts one on a free port of this machine. */
export function startFakeClerk(options: FakeClerkOptions = {}): FakeClerk {
  const { instanceId = INSTANCE_ID, seed = "fake", clock = Date.now } = options;
  const world = new FakeWorld({ instanceId, seed, clock });
  const secretKey = `sk_test_${seed}`;
  const calls: FakeCall[] = [];
  const faults = new Faults();
  const limiter = new RateLimiter(options.rateLimit, Date.now);
  let here = 0;
  let most = 0;
  let hangUps = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      here += 1;
      most = Math.max(most, here);
      request.signal.addEventListener("abort", () => {
        hangUps += 1;
      });
      try {
        const call = await readCall(request);
        calls.push(call);
        const fault = faults.take(call.method, call.path);
        return await answer(call, fault, () => isAllowed(call, secretKey) ?? limiter.take() ?? perform(call, world));
      } finally {
        here -= 1;
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    secretKey,
    world,
    calls,
    mostAtOnce: () => most,
    hangUps: () => hangUps,
    refusedCalls: () => limiter.refused,
    fail: (fault, faultOptions = {}) => faults.plan(fault, faultOptions),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

async function readCall(request: Request): Promise<FakeCall> {
  const { pathname, searchParams, search } = new URL(request.url);
  const text = await request.text();
  return {
    method: request.method,
    path: pathname.replace(/^\/v1/, ""),
    query: Object.fromEntries(searchParams),
    search,
    body: text === "" ? null : JSON.parse(text),
    headers: Object.fromEntries(request.headers),
  };
}

async function answer(call: FakeCall, fault: Fault | undefined, act: () => FakeReply): Promise<Response> {
  switch (fault?._tag) {
    case undefined:
      return toResponse(act());
    case "Refuse":
      return toResponse(refusalOf(fault));
    case "Slow":
      await Bun.sleep(fault.ms);
      return toResponse(act());
    case "Drop":
      if (fault.done) act();
      return new Response(new ReadableStream({ start: (controller) => controller.error() }));
    case "Page":
      return new Response("<html>", {
        status: fault.status,
        headers: { "content-type": "text/html", ...fault.headers },
      });
    default:
      throw new TypeError(`Cannot make the fault ${JSON.stringify(fault)} of ${call.method} ${call.path}`);
  }
}

/** Exactly `application/json`: with a charset Clerk's own client takes the answer for a text. */
function toResponse({ status, body, headers }: FakeReply): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

function isAllowed({ headers }: FakeCall, secretKey: string): FakeReply | undefined {
  const [, key] = /^Bearer (.+)$/.exec(headers["authorization"] ?? "") ?? [];
  if (key === secretKey) return undefined;
  const code = key === undefined ? "authorization_header_format_invalid" : "clerk_key_invalid";
  return refused(401, { code, message: "The provided Clerk Secret Key is invalid." });
}

function perform({ method, path, search, body }: FakeCall, world: FakeWorld): FakeReply {
  for (const { method: wanted, pattern, answer: reply } of ROUTES) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match === null) continue;
    const params = match.groups ?? {};
    return reply({ world, params, query: new URLSearchParams(search), body: isJsonObject(body) ? body : {} });
  }
  return notFound("The URL was not found");
}

const ROUTES: readonly Route[] = [
  route("GET /instance", ({ world }) =>
    ok({ allowed_origins: null, environment_type: "development", id: world.instanceId, object: "instance" }),
  ),
  ...LIST_ROUTES,
  ...USER_ROUTES,
  ...SESSION_ROUTES,
  ...ORGANIZATION_ROUTES,
];
