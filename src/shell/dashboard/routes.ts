import { Elysia } from "elysia";
import type { Guard } from "../api/guard.ts";
import { isReading } from "../api/origin.ts";
import { type Login, noticeReply } from "./login.ts";
import { ASSETS_PATH, buildPageFiles, keepPageFiles, type PageFile } from "./page_files.ts";
import { pageHeaders } from "./page_headers.ts";
import { ENDED_SESSION } from "./session_cookie.ts";

/** What the dashboard's routes need. */
export interface DashboardHandlers {
  readonly guard: Guard;
  readonly login: Login;
}

const HIDDEN = { parse: "none", detail: { hide: true } } as const;

/** The dashboard at `/`. Its files are guarded as the API is: a stranger gets the form to sign in, and nothing else. */
export function makeDashboardRoutes({ guard, login }: DashboardHandlers) {
  const files = keepPageFiles(() => buildPageFiles(login));
  return new Elysia({ name: "docket/dashboard" })
    .get(
      "/",
      async ({ request, server }) => {
        const refusal = guard(request, server?.requestIP(request)?.address);
        if (refusal !== null) return login.refuse(request, refusal);
        return sendFile(request, (await files()).document);
      },
      HIDDEN,
    )
    .get(
      `${ASSETS_PATH}:name`,
      async ({ request, server, params }) => {
        const refusal = guard(request, server?.requestIP(request)?.address);
        if (refusal !== null) return login.refuse(request, refusal);
        const file = (await files()).assets.get(params.name);
        return file === undefined ? noticeReply(404, GONE) : sendFile(request, file);
      },
      HIDDEN,
    )
    .post("/", ({ request, server }) => login.enter(request, server?.requestIP(request)?.address), HIDDEN)
    .post("/login", ({ request, server }) => login.enter(request, server?.requestIP(request)?.address), HIDDEN)
    .post(
      "/logout",
      ({ request, server }) => {
        const refusal = guard(request, server?.requestIP(request)?.address);
        if (refusal !== null) return login.refuse(request, refusal);
        return new Response(null, {
          status: 303,
          headers: { ...pageHeaders(), location: "/", "set-cookie": ENDED_SESSION },
        });
      },
      HIDDEN,
    );
}

const GONE = { title: "No such file", text: "The dashboard has changed: load it again.", form: false };

function sendFile(request: Request, file: PageFile): Response {
  const isAsset = file.name !== "";
  const headers = new Headers({
    ...pageHeaders(),
    "content-type": file.type,
    // The document is asked for each time, as who has signed out must not see it; what is in the others is in their names.
    "cache-control": isAsset ? "private, max-age=31536000, immutable" : "private, no-cache",
    etag: file.etag,
    vary: "accept-encoding",
  });
  if (isReading(request) && request.headers.get("if-none-match") === file.etag) {
    return new Response(null, { status: 304, headers });
  }
  const zips = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  if (zips) headers.set("content-encoding", "gzip");
  return new Response(zips ? file.gzipped : file.plain, { headers });
}
