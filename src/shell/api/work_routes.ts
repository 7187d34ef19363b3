import { Elysia } from "elysia";
import { toResponse } from "../reply.ts";
import type { Thing } from "./act.ts";
import type { ApiReply, Question } from "./answer.ts";
import { nameAfter, orderAfter } from "./path_name.ts";
import { parametersOf } from "./query.ts";
import {
  APPROVE_JOB,
  CANCEL_JOB,
  CHECK_SESSION,
  LIST_BREAKERS,
  LIST_JOBS,
  LIST_POLICIES,
  RESUME_BREAKER,
  RESUME_POLICY,
  RETRY_JOB,
  SHOW_JOB,
} from "./work_documentation.ts";

/** Names hold slashes, which these routes take and OpenAPI cannot say. What is posted has no body that matters. */
const HIDDEN = { parse: "none", detail: { hide: true } } as const;

/** The routes of jobs, and of what stops them; and that of sessions. Their guard is that of whoever uses them. */
export function makeWorkRoutes(ask: (question: Question) => Promise<ApiReply>) {
  const show = async ({ request }: { readonly request: Request }): Promise<Response> =>
    toResponse(await ask({ _tag: "ShowJob", key: nameAfter("/v1/jobs/", request.url) }));
  const act =
    (on: Thing) =>
    async ({ request }: { readonly request: Request }): Promise<Response> =>
      toResponse(await ask({ _tag: "Act", order: { on, ...orderAfter(`/v1/${on}/`, request.url) } }));
  return new Elysia({ name: "docket/work" })
    .get(
      "/jobs",
      async ({ request }) => toResponse(await ask({ _tag: "ListJobs", parameters: parametersOf(request) })),
      LIST_JOBS,
    )
    .get("/jobs/:key", show, SHOW_JOB)
    .get("/jobs/*", show, HIDDEN)
    .post("/jobs/:key/retry", act("jobs"), RETRY_JOB)
    .post("/jobs/:key/cancel", act("jobs"), CANCEL_JOB)
    .post("/jobs/:key/approve", act("jobs"), APPROVE_JOB)
    .post("/jobs/*", act("jobs"), HIDDEN)
    .get("/policies", async () => toResponse(await ask({ _tag: "ListPolicies" })), LIST_POLICIES)
    .post("/policies/:policy/resume", act("policies"), RESUME_POLICY)
    .post("/policies/*", act("policies"), HIDDEN)
    .get("/breakers", async () => toResponse(await ask({ _tag: "ListBreakers" })), LIST_BREAKERS)
    .post("/breakers/:target/resume", act("breakers"), RESUME_BREAKER)
    .post("/breakers/*", act("breakers"), HIDDEN)
    .get(
      "/sessions/:id/active",
      async ({ params }) => toResponse(await ask({ _tag: "CheckSession", id: params.id })),
      CHECK_SESSION,
    );
}
