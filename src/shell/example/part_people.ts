import { deletedData } from "./deleted.ts";
import { emailData, smsData } from "./mail.ts";
import { type SessionOptions, sessionData } from "./session.ts";
import { type Step, step } from "./step.ts";
import { externalId, userData } from "./user.ts";
import { waitlistData } from "./waitlist.ts";
import { type ExampleWorld, instant } from "./world.ts";

/** The founder waits to be let in. */
export function waitlistPart(world: ExampleWorld): readonly Step[] {
  const { founder } = world;
  const createdAtMs = instant(world, 0);
  const invitedAtMs = instant(world, 10);
  return [
    step("waitlistEntry.created", {
      atMs: createdAtMs,
      data: () => waitlistData(founder, { createdAtMs, invitedAtMs: null }),
    }),
    step("waitlistEntry.updated", {
      atMs: invitedAtMs,
      data: () => waitlistData(founder, { createdAtMs, invitedAtMs }),
    }),
  ];
}

/** The founder signs up, opens a session, and completes the account. */
export function signUpPart(world: ExampleWorld): readonly Step[] {
  const { founder } = world;
  const mailedAtMs = instant(world, 21);
  const createdAtMs = founder.createdAtMs + 19;
  const pendingAtMs = instant(world, 31.02);
  const activeAtMs = instant(world, 31.05);
  const textedAtMs = instant(world, 44);
  const updatedAtMs = instant(world, 60);
  const session = { ...firstSession(world), userStage: "signed-up" } as const;
  return [
    step("email.created", { atMs: mailedAtMs, data: () => emailData(founder, mailedAtMs) }),
    step("user.created", {
      atMs: createdAtMs,
      data: () => userData(founder, { stage: "signed-up", updatedAtMs: createdAtMs }),
    }),
    step("session.pending", {
      atMs: pendingAtMs,
      data: () => sessionData(founder, { ...session, status: "pending", updatedAtMs: pendingAtMs }),
    }),
    step("session.created", {
      atMs: activeAtMs,
      data: () => sessionData(founder, { ...session, status: "active", updatedAtMs: activeAtMs }),
    }),
    step("sms.created", { atMs: textedAtMs, data: () => smsData(founder, textedAtMs) }),
    step("user.updated", {
      atMs: updatedAtMs,
      data: () => userData(founder, { stage: "settled", updatedAtMs }),
    }),
  ];
}

/** Sessions end in each of the three ways: signed out, removed, revoked (here: of somebody who acted for the founder). */
export function sessionsPart(world: ExampleWorld): readonly Step[] {
  const { founder, employee } = world;
  const removed = { ...firstSession(world), label: "second", createdAtMs: instant(world, 380) };
  const revoked = { ...removed, label: "support", createdAtMs: instant(world, 390), actor: employee.userId };
  const open = (options: Omit<SessionOptions, "status" | "updatedAtMs">): Step =>
    step("session.created", {
      atMs: options.createdAtMs + 50,
      data: () => sessionData(founder, { ...options, status: "active", updatedAtMs: options.createdAtMs + 50 }),
    });
  const close = (status: "ended" | "removed" | "revoked", options: Omit<SessionOptions, "status">): Step =>
    step(`session.${status}`, { atMs: options.updatedAtMs, data: () => sessionData(founder, { ...options, status }) });
  return [
    open(removed),
    open(revoked),
    close("ended", { ...firstSession(world), updatedAtMs: instant(world, 400) }),
    close("removed", { ...removed, updatedAtMs: instant(world, 405) }),
    close("revoked", { ...revoked, updatedAtMs: instant(world, 410) }),
  ];
}

/** The last of an example life: the people's accounts are deleted. */
export function goodbyePart(world: ExampleWorld): readonly Step[] {
  const { founder } = world;
  return [
    step("user.deleted", {
      atMs: instant(world, 470),
      data: () => ({ ...deletedData("user", founder.userId), external_id: externalId(founder) }),
    }),
  ];
}

/** The session that the founder signed up with. */
function firstSession(world: ExampleWorld): Omit<SessionOptions, "status" | "updatedAtMs"> {
  return { label: "first", createdAtMs: instant(world, 31), userStage: "settled", actor: null };
}
