/** What a mail says: its headers by lower-case name, and its parts, decoded. */
export interface ReadMail {
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly html: string;
}

/** Reads a mail as mail programs write it: one part, or alternatives. No attachments, no other charset than UTF-8. */
export function readMime(raw: string): ReadMail {
  const { headers, body } = splitMessage(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get("content-type") ?? "")?.[1];
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1);
  const read = parts.map((part) => splitMessage(part.replace(/^\r\n/, "")));
  const bodyOf = (type: string): string => {
    const part = read.find((it) => (it.headers.get("content-type") ?? "text/plain").startsWith(type));
    return part === undefined ? "" : decodeBody(part.body, part.headers.get("content-transfer-encoding") ?? "7bit");
  };
  return { headers, text: bodyOf("text/plain"), html: bodyOf("text/html") };
}

function splitMessage(raw: string): { readonly headers: ReadonlyMap<string, string>; readonly body: string } {
  const end = raw.indexOf("\r\n\r\n");
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())] as const;
  });
  return { headers: new Map(headers), body: raw.slice(end + 4) };
}

function decodeBody(body: string, encoding: string): string {
  const decoded = {
    base64: () => Buffer.from(body, "base64").toString("utf8"),
    "quoted-printable": () => fromQuoted(body.replaceAll("=\r\n", "")).toString("utf8"),
  }[encoding.toLowerCase()];
  return (decoded?.() ?? body).replaceAll("\r\n", "\n").trimEnd();
}

/** Encoded words of headers (RFC 2047); white space between two of them is none. */
function decodeWords(value: string): string {
  return value.replaceAll(/(\?=)\s+(?==\?)/g, "$1").replaceAll(/(?:=\?utf-8\?([bq])\?([^?]*)\?=)+/gi, (words) => {
    const bytes = [...words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, kind, text = ""]) =>
      kind?.toLowerCase() === "b" ? Buffer.from(text, "base64") : fromQuoted(text.replaceAll("_", " ")),
    );
    return Buffer.concat(bytes).toString("utf8");
  });
}

function fromQuoted(text: string): Buffer {
  const bytes = text.replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "binary");
}
