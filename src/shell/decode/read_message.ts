import type { JsonObject, Values } from "../../core/mod.ts";
import { readCommon, readFlag, readId, readObject, readText, readTimeMs } from "./read.ts";

export function readWaitlistEntry(data: JsonObject): Values["waitlist_entry"] {
  return {
    ...readCommon(data),
    emailAddress: readText(data, "email_address"),
    status: readText(data, "status"),
    isLocked: readFlag(data, "is_locked"),
    invitation: readObject(data, "invitation"),
  };
}

/** A text message's time stands under `created_at_ms` in Clerk's schema, under `created_at` in Clerk's example. */
export function readMessage(data: JsonObject): Values["message"] {
  const { createdAtMs, updatedAtMs } = readCommon(data);
  return {
    createdAtMs: readTimeMs(data, "created_at_ms") ?? createdAtMs,
    updatedAtMs,
    channel: isSms(data) ? "sms" : "email",
    slug: readText(data, "slug"),
    status: readText(data, "status"),
    userId: readId(data, "user_id"),
    emailAddressId: readId(data, "email_address_id"),
    phoneNumberId: readId(data, "phone_number_id"),
    toEmailAddress: readText(data, "to_email_address"),
    toPhoneNumber: readText(data, "to_phone_number"),
    fromEmailName: readText(data, "from_email_name"),
    fromPhoneNumber: readText(data, "from_phone_number"),
    replyToEmailName: readText(data, "reply_to_email_name"),
    deliveredByClerk: readFlag(data, "delivered_by_clerk"),
  };
}

/** By `object` (`email`, `sms_message`), else by the id's prefix: both outlive erasure, so a row can be read again. */
function isSms(data: JsonObject): boolean {
  return (readText(data, "object") ?? readText(data, "id") ?? "").startsWith("sms");
}
