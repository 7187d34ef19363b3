import type { JsonObject } from "../../core/mod.ts";
import type { MailTemplate } from "./mail_template.ts";

/** What the built-in policies' mails say unless you say it: plain words that no product would have to be ashamed of. */
export const MAIL_TEMPLATES: Readonly<Record<string, MailTemplate>> = {
  welcome: {
    subject: "Welcome",
    text: (data) => `${greeting(data)}

Your account is ready. We are glad to have you.

If you did not sign up, please reply to this email and we will look into it.
`,
  },
  "invitation-reminder": {
    subject: "Your invitation is waiting",
    text: (data) => `Hello,

A few days ago you were invited to join an organization, and the invitation is still open.
${paragraph(webAddress(data["url"]), (url) => `To accept it, follow this link:\n${url}`)}${paragraph(day(data["expiresAtMs"]), (date) => `The invitation is good until ${date}.`)}
If you did not expect it, there is nothing you need to do.
`,
  },
  dunning: {
    subject: "Your payment did not go through",
    text: `Hello,

We could not collect the latest payment for your subscription. Please check the payment method in the billing settings of your account.

If you have paid in the meantime, there is nothing you need to do.
`,
  },
  "trial-ending": {
    subject: "Your free trial ends soon",
    text: (data) => `Hello,

Your free trial ends ${trialEnd(data)}. After that, your plan continues at its regular price.

To change or cancel it, open the billing settings of your account before then.
`,
  },
};

/**
 * By name, if it looks like one. Anybody can sign up under anybody's address and call themselves "Win at evil.example":
 * a name that could be read as a link or a message of its own is left out, so that nobody sends those in our name.
 */
function greeting({ firstName }: JsonObject): string {
  const name = typeof firstName === "string" ? firstName.trim() : "";
  return NAME.test(name) && !DOMAIN.test(name) ? `Hello ${name},` : "Hello,";
}

const NAME = /^\p{L}[\p{L}\p{M}\p{N} .'’-]{0,39}$/u;
const DOMAIN = /\.\p{L}{2}/u;

function trialEnd({ endsAtMs = null }: JsonObject): string {
  const date = day(endsAtMs);
  return date === null ? "soon" : `on ${date}`;
}

function paragraph(value: string | null, write: (value: string) => string): string {
  return value === null ? "" : `\n${write(value)}\n`;
}

function webAddress(value: unknown): string | null {
  return typeof value === "string" && /^https?:\/\/[^\s<>"']+$/.test(value) ? value : null;
}

/** The last instant that a date can be. */
const DATE_MS_MAX = 8.64e15;

/** Such as `31 January 2026`, in UTC. */
function day(atMs: unknown): string | null {
  if (typeof atMs !== "number" || !(Math.abs(atMs) <= DATE_MS_MAX)) return null;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(new Date(atMs));
}
