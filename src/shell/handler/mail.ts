/** A sender: an address, and a name to show, which may be empty. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** A mail as it is handed to whoever sends it. */
export interface OutgoingMail {
  readonly from: Mailbox;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The job's key, the same on every attempt. */
  readonly key: string;
}

/** Whoever sends mails. Rejects with a failure by class: see `failure.ts`. */
export interface MailTransport {
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
  /** Lets go of connections; what is being sent may end. */
  close(): Promise<void>;
}

/** Reads `address` or `Name <address>`, on one line; null of what is neither. */
export function readMailbox(text: string): Mailbox | null {
  const parts = /^([^<>\p{Cc}]*)<([^<>]*)>\s*$/u.exec(text);
  const address = (parts?.[2] ?? text).trim();
  if (!isAddress(address)) return null;
  const name = (parts?.[1] ?? "").trim();
  return { name: /^".*"$/.test(name) ? name.slice(1, -1).replaceAll(/\\(.)/g, "$1") : name, address };
}

/** As a header says it (RFC 5322): the name in quotes, if there is more in it than words. */
export function mailboxText({ name, address }: Mailbox): string {
  if (name === "") return address;
  const isWords = /^[\p{L}\p{M}\p{N} !#$%&'*+/=?^_`{|}~-]+$/u.test(name);
  return `${isWords ? name : `"${name.replaceAll(/["\\]/g, "\\$&")}"`} <${address}>`;
}

/** True for what can be one address, and nothing that would begin another header or recipient. */
export function isAddress(text: string): boolean {
  return /^[^\s\p{C}@<>,;:"\\()[\]]{1,64}@[^\s\p{C}@<>,;:"\\()[\]]{1,255}$/u.test(text);
}
