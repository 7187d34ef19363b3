/** Reads a request's bytes; null when there are more than `limitBytes`. Never holds more than that in memory. */
export async function readBody(request: Request, limitBytes: number): Promise<Buffer | null> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > limitBytes) return null;
    const body = Buffer.from(await request.arrayBuffer());
    return body.byteLength > limitBytes ? null : body;
  }
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
