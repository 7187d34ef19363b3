import type { JSX } from "preact";

/** A text in which what stands between backticks is code. */
export function WithCode({ text }: { readonly text: string }): JSX.Element {
  return (
    <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code key={`${index}${part}`}>{part}</code> : part))}</>
  );
}
