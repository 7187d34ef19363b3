import { type AskOptions, ask } from "./ask.ts";
import { escaped } from "./printable.ts";
import { UsageError } from "./usage_error.ts";

/** A page as it came over HTTP. */
export interface AnsweredPage {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
}

/** Asks for one page of a list. Rejects as `ask` does. */
export async function askPage(path: string, options: AskOptions): Promise<AnsweredPage> {
  const { items, next } = (await ask(path, options)) as Partial<AnsweredPage>;
  if (!Array.isArray(items)) throw new UsageError("The answer is no list: is this another version of Docket?");
  return { items, next: next ?? null };
}

/** One object per line, for machines; safe to look at on a terminal. */
export function printJson(items: readonly object[]): void {
  for (const item of items) console.log(escaped(JSON.stringify(item)));
}

/** Says how to see what comes after this page. */
export function printNext(next: string | null): void {
  if (next !== null) printHint(`There is more: repeat the command with --before ${next}`);
}

/** On standard error, which is for eyes. Not `console.error`: Bun prints that in red. */
export function printHint(text: string): void {
  process.stderr.write(`${text}\n`);
}
