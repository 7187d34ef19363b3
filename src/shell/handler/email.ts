import type { Json } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { PermanentFailure } from "./failure.ts";
import { type HandlerSpec, type HandlingOptions, handler } from "./handler.ts";
import { objectPayload, textIn } from "./json_payload.ts";
import { isAddress, type Mailbox, type MailTransport, readMailbox } from "./mail.ts";
import { type MailTemplate, type MailText, renderMail } from "./mail_template.ts";
import { MAIL_TEMPLATES } from "./mail_templates.ts";
import { resendTransport } from "./resend.ts";
import type { Secret } from "./secret.ts";
import { smtpTransport } from "./smtp.ts";

export interface EmailHandlerOptions extends HandlingOptions {
  /** The sender of mails whose policy names none: `address`, or `Name <address>`. */
  readonly from: string;
  /** `smtp://user:password@host:587` or `smtps://...`: one of this and `resendApiKey`. */
  readonly smtpUrl?: Secret | undefined;
  readonly resendApiKey?: Secret | undefined;
  /** @default "https://api.resend.com" */
  readonly resendUrl?: string | undefined;
  /** By name: yours take the place of the built-in ones, which are `welcome`, `invitation-reminder`, `dunning` and `trial-ending`. */
  readonly templates?: Readonly<Record<string, MailTemplate>>;
}

/**
 * Sends mails, by SMTP or by Resend. Payload `{ to, template, data, from }`; the key goes with the mail, as
 * `X-Idempotency-Key` and in the `Message-ID`, or as Resend's `Idempotency-Key`. Mails without an address or of an
 * unknown template, and those that the server refuses for good, are dead-lettered at once.
 *
 * @throws {TypeError} If an option is missing or wrong.
 */
export function email(options: EmailHandlerOptions): HandlerSpec {
  const { from, smtpUrl, resendApiKey, resendUrl, templates: own = {}, ...handling } = options;
  const sender = readMailbox(from ?? "");
  if (sender === null) throw new TypeError("email: from must be an address, or Name <address>");
  const transport = transportOf({ smtpUrl, resendApiKey, resendUrl });
  const templates = new Map(Object.entries({ ...MAIL_TEMPLATES, ...own }));
  const spec = handler(handling, async (payload, { key, signal }) => {
    const mail = readMail(payload, templates);
    await transport.send({ ...mail, from: mail.from ?? sender, key }, signal);
  });
  return { ...spec, close: () => transport.close() };
}

type TransportOptions = Pick<EmailHandlerOptions, "smtpUrl" | "resendApiKey" | "resendUrl">;

/** An empty text is what an empty variable of the environment gives: none. */
function transportOf({ smtpUrl = "", resendApiKey = "", resendUrl }: TransportOptions): MailTransport {
  if ((smtpUrl === "") === (resendApiKey === "")) {
    throw new TypeError("email: give one of smtpUrl and resendApiKey");
  }
  if (smtpUrl !== "") return smtpTransport(smtpUrl);
  return resendTransport({ apiKey: resendApiKey, ...(resendUrl === undefined ? {} : { url: resendUrl }) });
}

interface ReadMail extends MailText {
  readonly to: string;
  readonly from: Mailbox | null;
}

function readMail(payload: Json, templates: ReadonlyMap<string, MailTemplate>): ReadMail {
  const mail = objectPayload(payload, "{ to, template, data }");
  const to = textIn(mail, "to");
  if (to === undefined) throw new PermanentFailure({ message: "nobody to send to: `to` is empty" });
  if (!isAddress(to)) throw new PermanentFailure({ message: "`to` is no e-mail address" });
  const named = textIn(mail, "from");
  const from = named === undefined ? null : readMailbox(named);
  if (named !== undefined && from === null) throw new PermanentFailure({ message: "`from` is no sender" });
  const name = textIn(mail, "template") ?? "";
  const template = templates.get(name);
  if (template === undefined) {
    const known = [...templates.keys()].join(", ");
    throw new PermanentFailure({ message: `no template is named "${name}"; there are ${known}` });
  }
  const data = mail["data"];
  return { to, from, ...renderMail(template, isJsonObject(data) ? data : {}) };
}
