/** HTML that may go into a mail as it is. Only `html` makes it. */
export interface Html {
  readonly _tag: "Html";
  readonly text: string;
}

/** What `html` made. Data that merely looks like HTML, such as a user's own metadata, is not in here. */
const made = new WeakSet<object>();

/**
 * HTML with values put in: `` html`<p>Hello ${name}</p>` ``. Values are escaped, unless they are HTML themselves; a list
 * is put in one after the other, null and undefined as nothing. Put attributes' values in quotes; what follows `href=`
 * or `src=` must be an address of the web, or it is left out.
 */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  const text = parts.reduce((before, part, index) => `${before}${shown(values[index - 1], before)}${part}`);
  const it: Html = Object.freeze({ _tag: "Html", text });
  made.add(it);
  return it;
}

/** True for what `html` made. */
export function isHtml(value: unknown): value is Html {
  return typeof value === "object" && value !== null && made.has(value);
}

/** The text with what HTML would read as markup escaped, for elements and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => ESCAPES[character] ?? character);
}

/** A value for the place after `before`: escaped, and where an address is expected, nothing but one of the web. */
export function escapeAfter(before: string, value: string): string {
  if (!ADDRESS_FOLLOWS.test(before)) return escapeHtml(value);
  return /^https?:\/\/[^\s]+$/i.test(value) ? escapeHtml(value) : "";
}

const ADDRESS_FOLLOWS = /\b(?:href|src|action|formaction|poster|background|cite)\s*=\s*["']?\s*$/i;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

function shown(value: unknown, before: string): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((it) => shown(it, before)).join("");
  return isHtml(value) ? value.text : escapeAfter(before, String(value));
}
