import { Elysia } from "elysia";
import { makeBodyBudget } from "../body_budget.ts";
import { parseJson } from "../decode/parse_json.ts";
import { readBody } from "../read_body.ts";
import { errorReply, type Reply, toResponse } from "../reply.ts";
import type { ApiReply, Question } from "./answer.ts";
import { COMMON, example, REFUSED } from "./documentation.ts";
import { TEXT_LENGTH_MAX } from "./search.ts";

/** Finding things by what people know of them. In a body, since addresses of people are in no URL. */
export function makeSearchRoute(ask: (question: Question) => Promise<ApiReply>) {
  const bodies = makeBodyBudget(BODIES_BYTES_MAX);
  return new Elysia({ name: "docket/search" }).post(
    "/search",
    async ({ request }) => {
      const lease = bodies.lease();
      const read = await readBody(request, { bytesMax: BODY_BYTES_MAX, timeLimitMs: BODY_TIME_LIMIT_MS, lease });
      lease.release();
      if (read._tag !== "Whole") return toResponse(FAULTS[read._tag]);
      const text = readText(read.bytes);
      return toResponse(text === undefined ? MALFORMED : await ask({ _tag: "Search", text }));
    },
    SEARCH,
  );
}

const BODY_BYTES_MAX = 8_192;
const BODY_TIME_LIMIT_MS = 5_000;
const BODIES_BYTES_MAX = 1_000_000;

const MALFORMED = errorReply(
  "invalid_query",
  `Send a JSON object as {"q": "ada@example.com"}: q must be a text of 1 to ${TEXT_LENGTH_MAX} characters`,
);
const FAULTS: Readonly<Record<"TooLarge" | "NoRoom" | "TooSlow" | "Broken", Reply>> = {
  TooLarge: errorReply("body_too_large", `The body is over ${BODY_BYTES_MAX} bytes`),
  NoRoom: errorReply("overloaded", "Too many search at once: ask again"),
  TooSlow: errorReply("body_timeout", `The body did not come within ${BODY_TIME_LIMIT_MS / 1_000} s`),
  Broken: errorReply("body_incomplete", "The connection ended before the whole body was there: send it again"),
};

function readText(bytes: Buffer): string | undefined {
  const body = parseJson(bytes.toString("utf8"));
  const q = typeof body === "object" && body !== null && "q" in body ? body["q"] : undefined;
  const text = typeof q === "string" ? q.trim() : "";
  // Neither database can hold a NUL, so nothing has it.
  return text.length > 0 && text.length <= TEXT_LENGTH_MAX && !text.includes("\0") ? text : undefined;
}

const FOUND_EXAMPLE = { what: "entity", kind: "user", id: "user_1", by: "email_address" };

const SEARCH = {
  parse: "none" as const,
  detail: {
    ...COMMON,
    summary: "What has this id, key, e-mail address, phone number, external id or slug",
    description:
      'Answers `{ items, next }` with at most 20, and `next` always null. Compared whole; `what` is "entity", "event" or "job", and `by` says what fits. What was erased is found by its id alone.',
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: {
            type: "object" as const,
            required: ["q"],
            properties: { q: { type: "string" as const, minLength: 1, maxLength: TEXT_LENGTH_MAX } },
          },
          example: { q: "ada@example.com" },
        },
      },
    },
    responses: {
      ...REFUSED,
      200: example("All that fits", { items: [FOUND_EXAMPLE], next: null }),
      400: example("The body is not as it must be", MALFORMED.body),
    },
  },
};
