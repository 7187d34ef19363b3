import { createHash, timingSafeEqual } from "node:crypto";

/** The SHA-256 of a text. */
export function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Whether both are the same. Digests have one length, so the time that this takes tells nothing of either. */
export function isSameSecret(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}
