import { EPOCH_MS, INSTANCE_ID } from "./histories.ts";
import { type Service, send } from "./service.ts";

/** What an answer of the API is, as far as tests look. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

export interface Body {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly error?: { readonly code: string; readonly message: string };
  readonly [field: string]: unknown;
}

export type Item = Readonly<Record<string, unknown>> & { readonly data?: Readonly<Record<string, unknown>> };

/** Asks the API of a running service. */
export async function ask(
  { url }: Pick<Service, "url">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const reply = await fetch(`${url}/v1${path}`, { headers });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text, body: JSON.parse(text) as Body };
}

/** Walks a list to its end, calling `between` after each page. */
export async function walk(
  service: Pick<Service, "url">,
  path: string,
  between: () => Promise<unknown> = async () => undefined,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let before = ""; ; ) {
    const { body } = await ask(service, `${path}${before}`);
    items.push(...body.items);
    if (body.next === null) return items;
    before = `&before=${encodeURIComponent(body.next)}`;
    await between();
  }
}

/** What a membership has besides its id. */
export const MEMBERSHIP = { role: "org:admin", organization: { id: "org_1" }, public_user_data: { user_id: "user_1" } };

/** An event's body, of `step` milliseconds after the first. */
export function event(
  type: string,
  step: number,
  data: { readonly id: string; readonly [field: string]: unknown },
): string {
  const times = type.endsWith(".deleted") ? {} : { created_at: EPOCH_MS, updated_at: EPOCH_MS + step };
  return JSON.stringify({
    type,
    instance_id: INSTANCE_ID,
    timestamp: EPOCH_MS + step,
    data: { ...times, ...data },
  });
}

/** Sends an event under this id, and fails unless it is taken. */
export async function sendEvent(service: Service, id: string, body: string): Promise<void> {
  const reply = await send(service, body, { id });
  if (!reply.ok) throw new Error(`${id} was answered ${reply.status}`);
}
