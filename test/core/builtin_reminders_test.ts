import { describe, expect, test } from "bun:test";
import { builtin } from "../../src/core/builtin.ts";
import type { JsonObject } from "../../src/core/mod.ts";
import { builtinWorld, DAY_MS, HOUR_MS, message, observed, onlyJob, shownJobs, states } from "../support/builtins.ts";
import { EPOCH_MS } from "../support/histories.ts";
import type { StoryMessage } from "../support/stories.ts";

describe("invitationReminder()", () => {
  const KEY = "invitation-reminder/organization_invitation/orginv_1/+";
  const invited = invitation("created", 0, "pending", {});

  function invitation(event: string, seconds: number, status: string, fields: JsonObject): StoryMessage {
    const to = { email_address: "guest@example.com", organization_id: "org_1", role: "org:member" };
    const data = { id: "orginv_1", status, url: "https://example.com/accept", expires_at: EPOCH_MS + 30 * DAY_MS };
    return message(`organizationInvitation.${event}`, seconds, { ...data, ...to, ...fields });
  }

  test("plans an e-mail three days after the invitation was made", () => {
    expect(onlyJob(builtin.invitationReminder(), [invited])).toMatchObject({
      key: KEY,
      handler: "email",
      startAtMs: EPOCH_MS + 3 * DAY_MS,
      payload: {
        to: "guest@example.com",
        template: "invitation-reminder",
        data: {
          invitationId: "orginv_1",
          organizationId: "org_1",
          role: "org:member",
          url: "https://example.com/accept",
        },
      },
    });
    const seenLater = onlyJob(builtin.invitationReminder(), [invitation("created", 60, "pending", {})]);
    expect(seenLater.startAtMs).toBe(EPOCH_MS + 3 * DAY_MS);
    const soon = onlyJob(builtin.invitationReminder({ after: "1 day" }), [invited]);
    expect(soon.startAtMs).toBe(EPOCH_MS + DAY_MS);
  });

  test("is cancelled by the answer, whichever comes first, and by the organization's deletion", () => {
    for (const status of ["accepted", "revoked"]) {
      const answer = invitation(status, 60, status, {});
      expect(states(shownJobs(builtin.invitationReminder(), [invited, answer]))).toEqual({ [KEY]: "cancelled" });
      expect(states(shownJobs(builtin.invitationReminder(), [answer, invited]))).toEqual({ [KEY]: "cancelled" });
    }
    const expired = observed(invitation("accepted", 60, "expired", {}));
    expect(states(shownJobs(builtin.invitationReminder(), [invited, expired]))).toEqual({ [KEY]: "cancelled" });
    const gone = message("organization.deleted", 60, { id: "org_1" });
    expect(states(shownJobs(builtin.invitationReminder(), [invited, gone]))).toEqual({ [KEY]: "cancelled" });
  });

  test("plans nothing that would come after the invitation has expired, nor without an address", () => {
    const policy = builtin.invitationReminder({ after: "30 days" });
    expect(shownJobs(policy, [invited])).toEqual([]);
    expect(shownJobs(policy, [invitation("created", 0, "pending", { expires_at: null })])).toHaveLength(1);
    expect(
      shownJobs(builtin.invitationReminder(), [invitation("created", 0, "pending", { email_address: null })]),
    ).toEqual([]);
    expect(shownJobs(builtin.invitationReminder(), [invitation("accepted", 60, "accepted", {})])).toEqual([]);
  });

  test("is withdrawn when the creation that came late was for a shorter time", () => {
    const later = invitation("accepted", 60, "pending", {});
    const short = invitation("created", 0, "pending", { expires_at: EPOCH_MS + DAY_MS });
    expect(states(shownJobs(builtin.invitationReminder(), [later, short]))).toEqual({ [KEY]: "withdrawn" });
  });

  test("shows a time that is none as a fault", () => {
    const world = builtinWorld([builtin.invitationReminder({ after: "soon" as never })], [invited], "keep");
    expect([...world.planFaults.values()]).toEqual(["the policy names a time that is none"]);
  });
});

describe("deliverMessage()", () => {
  const policy = builtin.deliverMessage({ handler: "mailer" });
  const mail = { id: "ema_1", object: "email", slug: "verification_code", body: "123456", user_id: "user_1" };
  const left = message("email.created", 0, { ...mail, delivered_by_clerk: false, to_email_address: "a@example.com" });

  test("plans for what Clerk leaves to us, with ids only", () => {
    expect(shownJobs(policy, [left])).toEqual([
      {
        key: "deliver-message/message/ema_1/+",
        state: "planned",
        payload: {
          messageId: "ema_1",
          channel: "email",
          slug: "verification_code",
          userId: "user_1",
          emailAddressId: null,
          phoneNumberId: null,
        },
      },
    ]);
    const text = { id: "sms_1", object: "sms_message", phone_number_id: "idn_2", delivered_by_clerk: false };
    expect(shownJobs(policy, [message("sms.created", 0, text)])).toMatchObject([
      { payload: { messageId: "sms_1", channel: "sms", phoneNumberId: "idn_2" } },
    ]);
  });

  test("plans nothing for what Clerk delivers, nor for what came over an hour late", () => {
    expect(shownJobs(policy, [message("email.created", 0, { ...mail, delivered_by_clerk: true })])).toEqual([]);
    expect(shownJobs(policy, [message("email.created", 0, mail)])).toEqual([]);
    const late = { ...left, receivedAtMs: EPOCH_MS + HOUR_MS + 1 };
    expect(shownJobs(policy, [late])).toEqual([]);
    expect(shownJobs(builtin.deliverMessage({ handler: "mailer", maxAge: "2 hours" }), [late])).toHaveLength(1);
  });
});
