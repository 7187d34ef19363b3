import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Refusal } from "../ask.ts";

export interface ViewProps {
  readonly title: ComponentChildren;
  /** Of the browser's window. */
  readonly name: string;
  /** Beside the title. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A view with its heading, which gets the focus so that screen readers say where we are. */
export function View({ title, name, aside, children }: ViewProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name} · Docket`;
  }, [name]);
  useEffect(() => {
    scrollTo(0, 0);
    // Not at the first view: there the reader is still at the top of the page.
    if (document.body.dataset["moved"] === "yes") heading.current?.focus({ preventScroll: true });
    document.body.dataset["moved"] = "yes";
  }, []);
  return (
    <div class="view">
      <header class="view-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside === undefined ? null : <div class="view-aside">{aside}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a view. */
export function Section({ title, aside, children, label }: SectionProps): JSX.Element {
  return (
    <section class="card" aria-label={label ?? title}>
      <div class="card-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

interface SectionProps {
  readonly title: string;
  readonly label?: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Why there is nothing here, and what to do next. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** What went wrong, in the service's words. */
export function Trouble({ error, again }: { readonly error: Refusal; readonly again?: () => void }): JSX.Element {
  return (
    <div class="trouble" role="alert">
      <p>{error.message}</p>
      {again === undefined ? null : (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The answer is on its way. */
export function Loading(): JSX.Element {
  return (
    <p class="loading dim" role="status">
      Loading …
    </p>
  );
}

/** Names and what they have. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [string, ComponentChildren] | null)[];
}): JSX.Element {
  return (
    <dl class="facts">
      {facts
        .filter((fact) => fact !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A command to type. */
export function Command({ text }: { readonly text: string }): JSX.Element {
  return (
    <pre class="command">
      <code>{text}</code>
    </pre>
  );
}
