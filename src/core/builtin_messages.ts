import { bornIn } from "./builtin_edge.ts";
import { type HandlerOptions, task, timingOf } from "./builtin_options.ts";
import { type PolicyOf, policy } from "./policy.ts";

/**
 * `deliver-message`: sends an e-mail or a text message that Clerk leaves to you.
 *
 * - Plans on `email.created` and `sms.created` with `delivered_by_clerk: false`; never for what Clerk sends itself,
 *   or does not say so of. Not for what was received over an hour after it happened, unless `maxAge` says otherwise:
 *   its code would be of no use.
 * - Key `deliver-message/message/<id>/+`. Nothing cancels it but a person.
 * - Your handler, payload `{ messageId, channel, slug, userId, emailAddressId, phoneNumberId }`; `channel` is `email`
 *   or `sms`. Ids only: what the message says holds one-time codes, which are redacted before anything is kept, and
 *   its content is handed to the handler by the job runner.
 */
export function deliverMessage(options: HandlerOptions): PolicyOf<"message"> {
  const planning = { kind: "message", maxAge: "1 hour", ...timingOf(options) } as const;
  return policy("deliver-message", planning, (change) => {
    const born = bornIn(change);
    if (born === null || born.value.deliveredByClerk !== false) return [];
    const { channel, slug, userId, emailAddressId, phoneNumberId } = born.value;
    return [task(options, { messageId: change.ref.id, channel, slug, userId, emailAddressId, phoneNumberId })];
  });
}
