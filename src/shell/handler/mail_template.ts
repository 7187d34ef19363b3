import type { Json, JsonObject } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { PermanentFailure } from "./failure.ts";
import { escapeAfter, escapeHtml, type Html, isHtml } from "./html.ts";

/**
 * What a mail says, made of its job's `data`: each part a text with `{{name}}` or `{{path.to.name}}` for values (nothing
 * where there is none), or a pure function. Values in an HTML text are escaped, and left out after `href=` or `src=`
 * unless they are addresses of the web; a function makes HTML with `html`.
 */
export interface MailTemplate {
  readonly subject: string | ((data: JsonObject) => string);
  readonly text: string | ((data: JsonObject) => string);
  /** @default the text in paragraphs, with its addresses as links */
  readonly html?: string | ((data: JsonObject) => Html);
}

export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Longest line that RFC 5322 lets a subject be, with room for encoding. */
const SUBJECT_LENGTH_MAX = 200;

/**
 * Makes a mail's parts. A subject is one line, whatever goes into it: a second one would be another header.
 *
 * @throws {PermanentFailure} If a function of the template throws, or makes something else than it should.
 */
export function renderMail({ subject, text, html }: MailTemplate, data: JsonObject): MailText {
  const plain = textOf(text, data, "text");
  return {
    subject: oneLine(textOf(subject, data, "subject")),
    text: plain.toWellFormed(),
    html: (html === undefined ? htmlFromText(plain) : htmlOf(html, data)).toWellFormed(),
  };
}

function textOf(part: MailTemplate["text"], data: JsonObject, name: string): string {
  const made = typeof part === "function" ? call(() => part(data), name) : filled(part, data, (_, value) => value);
  if (typeof made !== "string") throw wrong(name, "must make a text");
  return made;
}

function htmlOf(part: NonNullable<MailTemplate["html"]>, data: JsonObject): string {
  if (typeof part === "string") return filled(part, data, escapeAfter);
  const made = call(() => part(data), "html");
  if (!isHtml(made)) throw wrong("html", "must be made by html`...`");
  return made.text;
}

function call<T>(make: () => T, name: string): T {
  try {
    return make();
  } catch (cause) {
    // Its message may hold what is in the data.
    throw wrong(name, `threw ${cause instanceof Error ? cause.name : "what is no error"}`);
  }
}

function wrong(name: string, what: string): PermanentFailure {
  return new PermanentFailure({ message: `the template's ${name} ${what}` });
}

function filled(text: string, data: JsonObject, inserted: (before: string, value: string) => string): string {
  return text.replaceAll(/\{\{\s*([\w.-]+)\s*\}\}/g, (_, path: string, offset: number) =>
    inserted(text.slice(0, offset), valueAt(data, path)),
  );
}

function valueAt(data: JsonObject, path: string): string {
  let value: Json | undefined = data;
  for (const name of path.split(".")) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Without what ends a line, or turns the direction of reading around. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  return line
    .slice(0, SUBJECT_LENGTH_MAX)
    .replace(/[\ud800-\udbff]$/, "")
    .toWellFormed();
}

/** The text as HTML: empty lines part paragraphs, and addresses of the web become links. */
function htmlFromText(text: string): string {
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => paragraph.trim());
  return paragraphs
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => `<p>${linked(paragraph).replaceAll("\n", "<br>\n")}</p>`)
    .join("\n");
}

function linked(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) => {
      const escaped = escapeHtml(part);
      return index % 2 === 1 ? `<a href="${escaped}">${escaped}</a>` : escaped;
    })
    .join("");
}
