import { afterEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { makeHttp } from "../../../src/shell/http.ts";
import { event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: { readonly type?: string; readonly enum?: readonly string[]; readonly minimum?: number };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}

interface Route extends Operation {
  readonly path: string;
  readonly method: string;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly components: { readonly securitySchemes: object };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function readDocument(): Promise<Document> {
  const never = (): never => {
    throw new Error("not asked");
  };
  const http = makeHttp({
    webhook: never,
    api: { guard: () => null, ask: never, live: never, search: never } as never,
    dashboard: null,
    notReady: never,
    metrics: never,
    onDefect: never,
  });
  return (await (await http.handle(new Request("http://localhost/openapi/json"))).json()) as Document;
}

const DOCUMENT = await readDocument();
const ROUTES: readonly Route[] = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({ ...operation, path, method })),
);
const API = ROUTES.filter(({ path }) => path.startsWith("/v1/"));

describe("the OpenAPI document", () => {
  test("is one of OpenAPI 3, with what its rules ask of each operation", () => {
    expect(DOCUMENT.openapi).toMatch(/^3\.[01]\.\d+$/);
    expect([DOCUMENT.info.title, DOCUMENT.info.version]).toEqual(["Docket", expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect(ROUTES.length).toBeGreaterThan(20);
    const ids = ROUTES.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = DOCUMENT.tags.map(({ name }) => name);
    for (const { path, method, parameters = [], responses, ...operation } of ROUTES) {
      const where = `${method} ${path}`;
      expect([where, /^\/[^?#]*$/.test(path), ["get", "post"].includes(method)]).toEqual([where, true, true]);
      expect([where, operation.summary.length > 5]).toEqual([where, true]);
      for (const tag of operation.tags) expect([where, tags]).toEqual([where, expect.arrayContaining([tag])]);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
      const declared = parameters.filter((it) => it.in === "path");
      expect([where, declared.map(({ name }) => name)]).toEqual([where, inPath]);
      expect([where, declared.every(({ required }) => required === true)]).toEqual([where, true]);
      const keys = parameters.map((it) => `${it.in} ${it.name}`);
      expect([where, new Set(keys).size]).toEqual([where, keys.length]);
      for (const { name, schema } of parameters) expect([where, name, typeof schema]).toEqual([where, name, "object"]);
      for (const [status, { description }] of Object.entries(responses)) {
        expect([where, status, /^[2345]\d\d$/.test(status), description.length > 1]).toEqual([
          where,
          status,
          true,
          true,
        ]);
      }
    }
  });

  test("has an example of every answer, and of errors in the one shape that errors have", () => {
    for (const { path, method, responses } of ROUTES) {
      expect([path, method, Object.keys(responses)]).toEqual([path, method, expect.arrayContaining(["200"])]);
      for (const [status, { content = {} }] of Object.entries(responses)) {
        const [media] = Object.values(content) as readonly { readonly example: unknown }[];
        expect([path, status, media?.example]).toEqual([path, status, expect.anything()]);
        if (status.startsWith("2")) continue;
        expect([path, status, media?.example]).toEqual([
          path,
          status,
          { error: { code: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/\w{3}/) } },
        ]);
      }
    }
  });

  test("asks for the token on all of the API, and says what a stranger is answered", () => {
    expect(DOCUMENT.components.securitySchemes).toHaveProperty("bearer");
    for (const { path, security, responses } of API) {
      expect([path, security]).toEqual([path, [{ bearer: [] }]]);
      expect([path, Object.keys(responses)]).toEqual([path, expect.arrayContaining(["401", "403"])]);
    }
  });
});

/** What is on file for the routes to find, by the names of their parameters in paths. */
const FOUND: Readonly<Record<string, string>> = {
  svixId: "msg_1",
  kind: "session",
  key: "dead/user/user_1",
  policy: "p",
  target: "crm",
  id: "sess_1",
};
/** Ids that nothing has, and that must harm nothing. */
const ODD = ["%00", "%zz", "%2e%2e%2f", "'%20or%201=1--", "%F0%9F%98%80", "a%2Fb", "x".repeat(3_000), "constructor"];

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("each route of the OpenAPI document", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    const session = { user_id: "user_1", status: "active" };
    await sendEvent(service, "msg_1", event("session.created", 1, { id: "sess_1", ...session }));
    const { db } = database();
    for (const [key, phase, approval] of [
      ["dead", "dead", false],
      ["pending", "pending", false],
      ["held", "pending", true],
    ] as const) {
      await sql`
        insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until,
          phase, approval)
        values (${`${key}/user/user_1`}, 'p', 'user', 'user_1', '+', 1, 'm', 'log', 'null', now(), '"never"', ${phase},
          ${approval})`.execute(db);
    }
    await sql`insert into docket.policy_stop (policy, stopped_at, reason) values ('p', now(), 'many')`.execute(db);
    await sql`insert into docket.breaker (target, handler, opened_at, probe_at) values ('crm', 'h', now(), now())`.execute(
      db,
    );
    return service;
  };
  const call = async ({ method }: Pick<Route, "method">, address: string) => {
    const reply = await fetch(`${service?.url}${address}`, { method: method.toUpperCase() });
    const { error } = (await reply.json()) as { readonly error?: { readonly code: string; readonly message: string } };
    return { status: reply.status, code: error?.code, message: error?.message ?? "" };
  };
  /** Answered as one document: not the stream, nor what wants a body. */
  const plain = API.filter(({ path }) => !["/v1/live", "/v1/search"].includes(path));

  test("answers 200 to what is on file, with every parameter as documented", async () => {
    await start();
    for (const route of plain) {
      const name = route.path.includes("cancel") ? "pending" : route.path.includes("approve") ? "held" : "dead";
      const address = fill(route.path, { ...FOUND, key: encodeURIComponent(`${name}/user/user_1`) });
      const query = new URLSearchParams(
        (route.parameters ?? [])
          .filter((it) => it.in === "query" && it.schema.enum !== undefined && !["mode", "fetch"].includes(it.name))
          .map(({ name: parameter, schema }) => [parameter, schema.enum?.[0] ?? ""]),
      );
      for (const suffix of ["", `?${query}`]) {
        const { status, message } = await call(route, `${address}${suffix}`);
        expect([address, suffix, status, message]).toEqual([address, suffix, 200, ""]);
      }
    }
  });

  test("refuses each parameter that is malformed, or given twice, by its name", async () => {
    await start();
    for (const route of plain) {
      const parameters = (route.parameters ?? []).filter((it) => it.in === "query");
      for (const { name } of parameters) {
        for (const query of [`${name}=%00%01`, `${name}=1&${name}=1`]) {
          const address = `${fill(route.path, FOUND)}?${query}`;
          const { status, code, message } = await call(route, address);
          expect([address, status, code]).toEqual([address, 400, "invalid_query"]);
          expect([address, message]).toEqual([address, expect.stringContaining(name)]);
          expect(Object.keys(route.responses)).toContain("400");
        }
      }
      if (!parameters.some(({ name }) => name === "limit")) continue;
      for (const query of ["limit=0", "limit=201", "limit=-1", "limit=1e2", "before=99.!", "before=2026-02-30"]) {
        const { status, code } = await call(route, `${fill(route.path, FOUND)}?${query}`);
        expect([route.path, query, status, code]).toEqual([route.path, query, 400, "invalid_query"]);
      }
    }
  });

  test("answers 404 to what is not there, whatever is written for it", async () => {
    await start();
    for (const route of plain.filter(({ path }) => path.includes("{"))) {
      const last = [...route.path.matchAll(/\{(\w+)\}/g)].at(-1)?.[1] ?? "";
      for (const odd of ODD) {
        const address = fill(route.path, { ...FOUND, [last]: odd });
        const { status, code } = await call(route, address);
        expect([address, status, code]).toEqual([address, 404, "not_found"]);
        expect(Object.keys(route.responses)).toContain("404");
      }
    }
  });
});

function fill(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name);
}
