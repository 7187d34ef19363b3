import { openapi } from "@elysiajs/openapi";
import { Elysia } from "elysia";
import { SECURITY_SCHEMES } from "./api/documentation.ts";
import { type ApiHandlers, makeApi } from "./api/routes.ts";
import { type DashboardHandlers, makeDashboardRoutes } from "./dashboard/routes.ts";
import { HEALTH_RESPONSES, METRICS_RESPONSES, READY_RESPONSES, WEBHOOK_RESPONSES } from "./http_documentation.ts";
import { EXPOSITION_TYPE } from "./metrics/exposition.ts";
import { errorReply, type Reply, toResponse } from "./reply.ts";

/** What the routes need done. Each promise rejects only on a defect, which is answered 500 and logged. */
export interface HttpHandlers {
  /** Null: this process takes no webhooks, and has no route for them. */
  readonly webhook: ((request: Request) => Promise<Reply>) | null;
  readonly api: ApiHandlers;
  /** Null: there is no dashboard. */
  readonly dashboard: DashboardHandlers | null;
  /** Null when the database answers and its schema is up to date, else what is wrong. */
  readonly notReady: () => Promise<string | null>;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly onDefect: (defect: unknown) => void;
}

const WEBHOOK_PATH = "/webhooks/clerk";

/** Routes only: no sockets, no environment. Tests call `.handle(new Request(...))`. */
export function makeHttp({ webhook, api, dashboard, notReady, metrics, onDefect }: HttpHandlers) {
  return new Elysia({ name: "docket" })
    .use(openapi({ documentation: DOCUMENTATION, exclude: { paths: ["/openapi", "/openapi/json"] } }))
    .onError(({ code, error }) => {
      if (code === "NOT_FOUND") return toResponse(errorReply("not_found", "No such route: see /openapi"));
      onDefect(error);
      return toResponse(errorReply("internal", "The service met a fault of its own: see its log"));
    })
    .use(webhook === null ? new Elysia() : makeWebhookRoute(webhook))
    .use(makeApi(api))
    .use(dashboard === null ? new Elysia() : makeDashboardRoutes(dashboard))
    .get("/healthz", () => ({ status: "ok" }), {
      detail: { summary: "The process is up", tags: ["health"], responses: HEALTH_RESPONSES },
    })
    .get(
      "/readyz",
      async () => {
        const problem = await notReady();
        return problem === null
          ? Response.json({ status: "ready" })
          : toResponse(errorReply("unavailable", `Not ready: ${problem}`));
      },
      {
        detail: {
          summary: "The database answers and its schema is up to date",
          tags: ["health"],
          responses: READY_RESPONSES,
        },
      },
    )
    .get("/metrics", async () => new Response(await metrics(), { headers: { "content-type": EXPOSITION_TYPE } }), {
      detail: {
        summary: "Numbers for Prometheus, in its text format: no names and no personal data",
        tags: ["health"],
        responses: METRICS_RESPONSES,
      },
    });
}

function makeWebhookRoute(webhook: (request: Request) => Promise<Reply>) {
  return new Elysia({ name: "docket/webhook" })
    .post(WEBHOOK_PATH, async ({ request }) => toResponse(await webhook(request)), {
      // The signature covers the bytes as sent, so nothing may parse them first.
      parse: "none",
      detail: {
        summary: "Take one signed webhook of Clerk's",
        tags: ["webhooks"],
        description: WEBHOOK_DESCRIPTION,
        responses: WEBHOOK_RESPONSES,
      },
    })
    .all(WEBHOOK_PATH, () => toResponse(errorReply("method_not_allowed", "Send webhooks with POST")), {
      parse: "none",
      detail: { hide: true },
    });
}

const INFO = {
  title: "Docket",
  version: "0.1.0",
  description: "Clerk's webhooks in, a true Postgres mirror out.",
} as const;

const TAGS = [
  { name: "webhooks", description: "What Clerk calls" },
  { name: "health", description: "What a supervisor calls" },
  { name: "api", description: "What the operator asks and does. Errors are `{ error: { code, message } }`" },
];

const DOCUMENTATION = { info: INFO, tags: TAGS, components: { securitySchemes: SECURITY_SCHEMES } };

const WEBHOOK_DESCRIPTION = `Headers \`svix-id\`, \`svix-timestamp\`, \`svix-signature\` (or \`webhook-*\`), body as signed.
Answers \`{ "id", "outcome" }\` after the message is on disk: 200 with \`applied\`, \`stale\`, \`duplicate\`, \`ignored\` or
\`foreign\`, 202 with \`quarantined\`. Errors are \`{ "error": { "code", "message" } }\`: 400 \`missing_headers\`,
\`invalid_headers\` or \`body_incomplete\`, 401 \`invalid_signature\` or \`timestamp_out_of_range\`, 405, 408
\`body_timeout\`, 413 \`body_too_large\`, 503 with \`Retry-After\` \`overloaded\` or \`unavailable\`.`;
