import type { JsonObject } from "./json.ts";
import type { CommonValue } from "./value_common.ts";

/**
 * An e-mail or a text message. What it says is not here: it holds one-time codes, which are never kept.
 * E-mails have no times; a text message has `createdAtMs`.
 */
export interface MessageValue extends CommonValue {
  readonly channel: "email" | "sms";
  /** Which template it was made from, such as `verification_code`. */
  readonly slug: string | null;
  readonly status: string | null;
  readonly userId: string | null;
  readonly emailAddressId: string | null;
  readonly phoneNumberId: string | null;
  readonly toEmailAddress: string | null;
  readonly toPhoneNumber: string | null;
  readonly fromEmailName: string | null;
  readonly fromPhoneNumber: string | null;
  readonly replyToEmailName: string | null;
  /** False: Clerk leaves the sending to us. */
  readonly deliveredByClerk: boolean | null;
}

/** Someone who waits to be let in, as `waitlistEntry.*` describes it. */
export interface WaitlistEntryValue extends CommonValue {
  readonly emailAddress: string | null;
  readonly status: string | null;
  readonly isLocked: boolean | null;
  readonly invitation: JsonObject | null;
}
