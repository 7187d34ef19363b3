import { createHash } from "node:crypto";
import { Redacted } from "effect";
import { createTransport } from "nodemailer";
import { PermanentFailure, TransientFailure } from "./failure.ts";
import { headerKey } from "./header_key.ts";
import { type MailTransport, mailboxText, type OutgoingMail } from "./mail.ts";
import { type Secret, wrapSecret } from "./secret.ts";

/** Connections to the server that are kept open, and mails on one of them. */
const CONNECTIONS_MAX = 5;
const MAILS_PER_CONNECTION_MAX = 100;
const CONNECT_LIMIT_MS = 10_000;
const SOCKET_LIMIT_MS = 25_000;

/**
 * Sends by SMTP, on a few connections that stay open. The `Message-ID` is made of the key, so that a mail that was sent
 * twice, since the server's answer was lost, can be told to be one.
 *
 * @throws {TypeError} If the address is none.
 */
export function smtpTransport(smtpUrl: Secret): MailTransport {
  const secret = wrapSecret(smtpUrl);
  const url = URL.parse(Redacted.value(secret));
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.host === "") {
    throw new TypeError("email: smtpUrl must be of the form smtp://user:password@host:587, or smtps://");
  }
  const pool = createTransport({
    url: Redacted.value(secret),
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    maxMessages: MAILS_PER_CONNECTION_MAX,
    // The worker tries again, and knows when.
    maxRequeues: 0,
    connectionTimeout: CONNECT_LIMIT_MS,
    greetingTimeout: CONNECT_LIMIT_MS,
    socketTimeout: SOCKET_LIMIT_MS,
  });
  // Each mail's own failure says what is wrong.
  pool.on("error", () => undefined);
  return {
    send: async (mail, signal) => {
      try {
        await pool.sendMail({ ...messageOf(mail, url.hostname), signal });
      } catch (cause) {
        throw failureOf(cause, url.host);
      }
    },
    close: async () => pool.close(),
  };
}

/** Resend's server for SMTP has idempotency keys as well (https://resend.com/docs/dashboard/emails/idempotency-keys). */
const RESEND_HOST = "smtp.resend.com";

function messageOf({ from, to, subject, text, html, key }: OutgoingMail, host: string): object {
  const domain = from.address.split("@")[1] ?? "localhost";
  const digest = createHash("sha256").update(key).digest("hex");
  const idempotency = { "X-Idempotency-Key": headerKey(key), "Auto-Submitted": "auto-generated" };
  return {
    from: mailboxText(from),
    to,
    subject,
    text,
    html,
    messageId: `<${digest.slice(0, 40)}@${domain}>`,
    headers: host === RESEND_HOST ? { ...idempotency, "Resend-Idempotency-Key": digest } : idempotency,
    // A text that names a file or an address must stay a text.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface SmtpFault {
  /** The server's reply. */
  readonly responseCode?: unknown;
  /** What it was a reply to. */
  readonly command?: unknown;
  readonly code?: unknown;
  readonly originalCode?: unknown;
}

/** Reply codes that say that it is the server's time or our settings, and not this mail (RFC 5321, RFC 4954). */
const OURS = [421, 530, 534, 535, 538];
/** What is about one mail; a refusal of the rest, such as of a greeting or a password, would be one of any mail. */
const OF_ONE_MAIL = ["MAIL FROM", "RCPT TO", "DATA"];
/** A mail that the library does not even send: too large for the server, or an address that it can't write. */
const UNSENDABLE = ["EENVELOPE", "EMESSAGE"];

/** Names host and code: a server's own words may repeat the address. */
function failureOf(cause: unknown, host: string): Error {
  const { responseCode: status, command, code, originalCode } = (cause ?? {}) as SmtpFault;
  const isAnswer = typeof status === "number";
  const reason = [originalCode, code].find((it) => typeof it === "string") ?? "no answer";
  const message = `the mail server at ${host} ${isAnswer ? `answered ${status}` : `failed: ${reason}`}`;
  const isRefusal = isAnswer
    ? status >= 500 && !OURS.includes(status) && OF_ONE_MAIL.includes(String(command))
    : UNSENDABLE.includes(String(code));
  return isRefusal ? new PermanentFailure({ message }) : new TransientFailure({ message });
}
