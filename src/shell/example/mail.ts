import type { JsonObject } from "../../core/mod.ts";
import type { Person } from "./person.ts";
import { characters, exampleId } from "./random.ts";

/** The payload of `email.created`: a verification code, sent before there is a user. */
export function emailData(person: Person, sentAtMs: number): JsonObject {
  const code = oneTimeCode(`${person.key}/email-code`);
  return {
    body: `<!DOCTYPE html><html><body><p>${code} is your verification code</p></body></html>`,
    body_plain: `${code} is your verification code.\n`,
    data: {
      app: {
        domain_name: "example.com",
        logo_image_url: "https://img.clerk.com/xxxxxx",
        logo_url: null,
        name: "Example",
        url: "https://accounts.example.com",
      },
      otp_code: code,
      requested_at: requestedAt(sentAtMs),
      requested_by: "Chrome, macOS",
      theme: { button_text_color: "#ffffff", primary_color: "#335bf1", show_clerk_branding: true },
      user: { public_metadata: {}, public_metadata_fallback: "" },
    },
    delivered_by_clerk: true,
    email_address_id: person.emailId,
    from_email_name: "notifications",
    id: exampleId("ema_", person.key),
    object: "email",
    reply_to_email_name: null,
    slug: "verification_code",
    status: "queued",
    subject: `${code} is your verification code`,
    to_email_address: person.email,
    user_id: null,
  };
}

/** The payload of `sms.created`: a code to verify a phone number. */
export function smsData(person: Person, sentAtMs: number): JsonObject {
  const code = oneTimeCode(`${person.key}/sms-code`);
  return {
    created_at_ms: sentAtMs,
    data: { otp_code: code },
    delivered_by_clerk: true,
    from_phone_number: "+15555550199",
    id: exampleId("sms_", person.key),
    message: `${code} is your verification code for Example`,
    object: "sms_message",
    phone_number_id: person.phoneId,
    slug: "verification_code",
    status: "queued",
    to_phone_number: person.phone,
    user_id: person.userId,
  };
}

function oneTimeCode(key: string): string {
  return characters(key, { alphabet: "0123456789", length: 6 });
}

/** Such as `01 January 2026, 00:00 UTC`. */
function requestedAt(atMs: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(atMs).toUTCString()) ?? [];
  return `${day} ${MONTHS[month ?? ""] ?? month} ${year}, ${time} UTC`;
}

const MONTHS: Readonly<Record<string, string>> = {
  Jan: "January",
  Feb: "February",
  Mar: "March",
  Apr: "April",
  Jun: "June",
  Jul: "July",
  Aug: "August",
  Sep: "September",
  Oct: "October",
  Nov: "November",
  Dec: "December",
};
