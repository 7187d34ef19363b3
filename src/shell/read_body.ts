import type { BodyLease } from "./body_budget.ts";

export interface ReadBodyOptions {
  readonly bytesMax: number;
  /** Longest time from the call to the last byte. */
  readonly timeLimitMs: number;
  /** Where the bytes are counted as they come. The caller releases it. */
  readonly lease: BodyLease;
}

/** A body, or why there is none. */
export type BodyRead =
  | { readonly _tag: "Whole"; readonly bytes: Buffer }
  | { readonly _tag: "TooLarge" }
  /** All requests together hold too much. */
  | { readonly _tag: "NoRoom" }
  | { readonly _tag: "TooSlow" }
  /** The sender hung up, or its connection broke. */
  | { readonly _tag: "Broken"; readonly cause: unknown };

/** What holding a piece costs besides its bytes: a sender may cut a body into pieces of one byte. */
const PIECE_OVERHEAD_BYTES = 256;

const SMALL_BYTES = 16_384;

/** Reads a request's bytes, never more than `bytesMax`, for `timeLimitMs` at most. Never rejects. */
export async function readBody(request: Request, options: ReadBodyOptions): Promise<BodyRead> {
  const length = request.headers.get("content-length");
  const announcedBytes = Number(length ?? 0);
  if (announcedBytes > options.bytesMax) return { _tag: "TooLarge" };
  if (length !== null && announcedBytes <= SMALL_BYTES) return readSmall(request, options);
  if (request.body === null) return { _tag: "Whole", bytes: Buffer.alloc(0) };
  const reader = request.body.getReader();
  const { promise: late, resolve } = Promise.withResolvers<BodyRead>();
  const timer = setTimeout(() => resolve({ _tag: "TooSlow" }), options.timeLimitMs);
  const whole = readPieces(reader, options).catch((cause: unknown): BodyRead => ({ _tag: "Broken", cause }));
  const read = await Promise.race([whole, late]);
  clearTimeout(timer);
  // Not waited for: a sender that goes on sending must not hold up its answer.
  if (read._tag !== "Whole") void reader.cancel().catch(() => undefined);
  return read;
}

/** A body that says it is small, as almost all are, is read by one call. It is counted before it comes. */
function readSmall(request: Request, { bytesMax, timeLimitMs, lease }: ReadBodyOptions): Promise<BodyRead> {
  const announcedBytes = Number(request.headers.get("content-length"));
  if (!lease.take(announcedBytes + PIECE_OVERHEAD_BYTES)) return Promise.resolve({ _tag: "NoRoom" });
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ _tag: "TooSlow" }), timeLimitMs);
    request.arrayBuffer().then(
      (bytes) => {
        clearTimeout(timer);
        // A server sees to it that the length is true; who calls us in this process may say what it likes.
        const isOver = bytes.byteLength > Math.max(announcedBytes, SMALL_BYTES) || bytes.byteLength > bytesMax;
        resolve(isOver ? { _tag: "TooLarge" } : { _tag: "Whole", bytes: Buffer.from(bytes) });
      },
      (cause: unknown) => {
        clearTimeout(timer);
        resolve({ _tag: "Broken", cause });
      },
    );
  });
}

async function readPieces(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">,
  { bytesMax, lease }: ReadBodyOptions,
): Promise<BodyRead> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { _tag: "Whole", bytes: join(pieces) };
    bytes += value.byteLength;
    if (bytes > bytesMax) return { _tag: "TooLarge" };
    if (!lease.take(value.byteLength + PIECE_OVERHEAD_BYTES)) return { _tag: "NoRoom" };
    pieces.push(value);
  }
}

/** Most bodies come in one piece, which is not copied. */
function join(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1
    ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
    : Buffer.concat(pieces);
}
