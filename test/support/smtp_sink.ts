import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import { readMime } from "./mime.ts";

/** A mail that the sink took. */
export interface SunkMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
  readonly key: string;
  readonly text: string;
  readonly html: string;
  /** The headers, decoded, by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** The whole message as it came. */
  readonly raw: string;
}

/**
 * What the sink does with a mail: takes it; never answers; hangs up on it, or takes it and then hangs up before it says
 * so; answers a code, to the mail itself unless `at` says sooner.
 */
export type SinkMood =
  | "take"
  | "hang"
  | "hang up early"
  | "hang up"
  | { readonly refuse: number; readonly at?: "mail" | "recipient" | "data" };

/** A real SMTP server on this machine, that keeps what it is sent. */
export interface SmtpSink extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly mails: readonly SunkMail[];
  /** For every mail that `script` has nothing for. */
  mood: SinkMood;
  /** For the next mails, one each, in order. */
  readonly script: SinkMood[];
  /** The connections that were made. */
  readonly connections: number;
  /** How many mails were taken under this idempotency key. */
  seen(key: string): number;
}

export interface SinkOptions {
  /** Asks for a name and this password, and says `535` to any other. @default nothing is asked for */
  readonly password?: string;
}

const CLOSE_LIMIT_MS = 200;

export async function startSmtpSink({ password }: SinkOptions = {}): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const moods = new Map<string, SinkMood>();
  const moodOf = ({ id }: SMTPServerSession): SinkMood => moods.get(id) ?? sink.mood;
  const refuseAt = (at: "mail" | "recipient", session: SMTPServerSession): Error | null => {
    const mood = moodOf(session);
    return typeof mood === "object" && mood.at === at ? refusal(mood.refuse) : null;
  };
  const hangUpOn = ({ remotePort }: SMTPServerSession): void => {
    for (const socket of sockets) if (socket.remotePort === remotePort) socket.destroy();
  };
  const server = new SMTPServer({
    disabledCommands: password === undefined ? ["STARTTLS", "AUTH"] : ["STARTTLS"],
    allowInsecureAuth: true,
    logger: false,
    closeTimeout: CLOSE_LIMIT_MS,
    onAuth: (auth, _, callback) =>
      auth.password === password ? callback(null, { user: auth.username }) : callback(refusal(535)),
    onMailFrom: (_, session, callback) => {
      moods.set(session.id, sink.script.shift() ?? sink.mood);
      callback(refuseAt("mail", session));
    },
    onRcptTo: (_, session, callback) => callback(refuseAt("recipient", session)),
    onData: (stream, session, callback) => {
      void readAll(stream).then((raw) => {
        // Its sender was stopped in the middle of it: it was not sent.
        if (raw === null) return;
        const mood = moodOf(session);
        if (mood === "hang") return;
        if (mood === "hang up early") return hangUpOn(session);
        if (typeof mood === "object") return callback(refusal(mood.refuse));
        mails.push(sunkOf(raw, session));
        if (mood === "hang up") return hangUpOn(session);
        callback();
      });
    },
  });
  server.on("error", () => undefined);
  server.server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const sink: SmtpSink = {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    mood: "take",
    script: [],
    get connections() {
      return connections;
    },
    seen: (key) => mails.filter((it) => it.key === key).length,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())),
  };
  return sink;
}

/** What servers say, with an address in it, as they do. */
function refusal(responseCode: number): Error {
  return Object.assign(new Error("refused for ada@example.com"), { responseCode });
}

function sunkOf(raw: string, { envelope: { mailFrom, rcptTo } }: SMTPServerSession): SunkMail {
  const { headers, text, html } = readMime(raw);
  const header = (name: string): string => headers.get(name) ?? "";
  return {
    from: mailFrom === false ? "" : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    subject: header("subject"),
    messageId: header("message-id"),
    key: header("x-idempotency-key"),
    text,
    html,
    headers,
    raw,
  };
}

/** Null if it breaks off. */
async function readAll(stream: Readable): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString("utf8");
}
