import type { Quiet } from "./decide_quiet.ts";

/** Clerk has a change, and no webhook told of it. */
export interface BehindClerk {
  readonly _tag: "BehindClerk";
  readonly kind: "user" | "organization";
  readonly id: string;
  /** When it changed, milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** Why the source is taken to be silent. `BehindClerk` is certain, `Quiet` is judged by how often messages came. */
export type SilenceFinding = BehindClerk | Quiet;

/** A finding for people, in one line and without personal data. */
export function describeFinding(finding: SilenceFinding): string {
  switch (finding._tag) {
    case "BehindClerk":
      return `Clerk changed ${finding.kind} ${finding.id} at ${iso(finding.atMs)}, and no webhook told of it`;
    case "Quiet": {
      const what = finding.type === "" ? "no webhook at all has come" : `no ${finding.type} has come`;
      const why =
        finding.because === "gap"
          ? `it never took longer than ${spanText(finding.usualMs)} before`
          : "in the same hours of other weeks there were many";
      return `${what} since ${iso(finding.lastAtMs)}, and ${why}`;
    }
    default:
      return finding satisfies never;
  }
}

const MOST_SHOWN = 3;

/** All of them in one line. */
export function describeFindings(findings: readonly SilenceFinding[]): string {
  const shown = findings.slice(0, MOST_SHOWN).map(describeFinding).join("; ");
  return findings.length > MOST_SHOWN ? `${shown}; and ${findings.length - MOST_SHOWN} more` : shown;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function spanText(spanMs: number): string {
  const minutes = Math.ceil(spanMs / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
