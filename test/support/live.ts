import type { Service } from "./service.ts";

/** One event of a stream of server-sent events. */
export interface Heard {
  readonly event: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they know it
  readonly data: any;
}

/** A listener to `GET /v1/live`, as a browser is one. */
export interface LiveListener {
  readonly status: number;
  readonly headers: Headers;
  /** All that was heard so far. */
  readonly heard: readonly Heard[];
  /** The items of all events of this name, in the order in which they came. */
  items(event: "events" | "jobs"): readonly Readonly<Record<string, unknown>>[];
  /** What was counted since the beginning. */
  counted(name: string): number;
  /** Comments. */
  readonly comments: readonly string[];
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
  leave(): void;
}

/** Listens. Resolves when the server has begun to answer. */
export async function listen(
  { url }: Pick<Service, "url">,
  query = "",
  headers: Readonly<Record<string, string>> = {},
): Promise<LiveListener> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/v1/live${query}`, { headers, signal: leaving.signal });
  const heard: Heard[] = [];
  const comments: string[] = [];
  const read = async (): Promise<void> => {
    let text = "";
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body ?? []) {
        text += decoder.decode(bytes, { stream: true });
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) take(block, heard, comments);
      }
    } catch (cause) {
      if (!leaving.signal.aborted) throw cause;
    }
  };
  const items: LiveListener["items"] = (event) =>
    heard.filter((it) => it.event === event).flatMap(({ data }) => data.items);
  return {
    status: response.status,
    headers: response.headers,
    heard,
    items,
    counted: (name) =>
      heard.filter(({ event }) => event === "pulse").reduce((sum, { data }) => sum + data.counts[name], 0),
    comments,
    ended: read(),
    leave: () => leaving.abort(),
  };
}

function take(block: string, heard: Heard[], comments: string[]): void {
  const fields = new Map(
    block.split("\n").map((line) => {
      const [, name = "", value = ""] = /^([a-z]*): (.*)$/.exec(line) ?? [];
      return [name, value] as const;
    }),
  );
  const comment = fields.get("");
  if (comment !== undefined) comments.push(comment);
  const event = fields.get("event");
  if (event !== undefined) heard.push({ event, id: fields.get("id"), data: JSON.parse(fields.get("data") ?? "null") });
}
