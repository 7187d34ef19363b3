import { Webhook } from "svix";

/** What a sink took, in the order of arrival. */
export interface Taken {
  readonly id: string;
  readonly body: string;
  /** True if svix finds the signature good. */
  readonly verified: boolean;
}

export interface Sink extends Disposable {
  readonly url: string;
  readonly secret: string;
  readonly taken: readonly Taken[];
}

export const SINK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/** A tiny server in Docket's place. `answer` says what the nth request (from 0) gets; by default all is applied. */
export function openSink(answer: (index: number) => Response = applied): Sink {
  const taken: Taken[] = [];
  const webhook = new Webhook(SINK_SECRET);
  const server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      const body = await request.text();
      const verified = verifies(webhook, body, request.headers);
      taken.push({ id: request.headers.get("svix-id") ?? "", body, verified });
      return answer(taken.length - 1);
    },
  });
  return {
    url: `http://localhost:${server.port}/webhooks/clerk`,
    secret: SINK_SECRET,
    taken,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

function applied(): Response {
  return Response.json({ id: "x", outcome: "applied" });
}

function verifies(webhook: Webhook, body: string, headers: Headers): boolean {
  try {
    webhook.verify(body, Object.fromEntries(headers));
    return true;
  } catch {
    return false;
  }
}
