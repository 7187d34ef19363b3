import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { find, hrefOf } from "./find.ts";
import { announce } from "./parts/announcer.tsx";
import { toRefusal } from "./use_ask.ts";
import { goTo } from "./use_route.ts";
import type { Found } from "./wire.ts";

/** Goes to whatever has this id or address; where several have, lists them. The key `/` gets here. */
export function SearchBox(): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const [several, setSeveral] = useState<readonly Found[]>([]);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, select, textarea, dialog") !== null;
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const clear = (): void => {
    setSeveral([]);
    if (field.current !== null) field.current.value = "";
  };
  const search = async (): Promise<void> => {
    const text = field.current?.value.trim() ?? "";
    if (text === "") return;
    setBusy(true);
    try {
      const found = await find(text);
      const [only, ...more] = found;
      setSeveral(more.length > 0 ? found : []);
      if (only === undefined) announce(`Nothing on file is called ${text}`, { isBad: true });
      else if (more.length > 0) announce(`${found.length} things are called ${text}`);
      else {
        goTo(hrefOf(only));
        clear();
      }
    } catch (error) {
      announce(toRefusal(error).message, { isBad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <search>
      <form
        class="search"
        aria-busy={isBusy}
        onSubmit={(event) => {
          event.preventDefault();
          void search();
        }}
      >
        <label class="hidden" for="search">
          Search by an id, a job's key, an e-mail address, a phone number, an external id or a slug
        </label>
        <input
          id="search"
          ref={field}
          type="search"
          placeholder="id, e-mail, job key"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
      </form>
      {several.length > 0 && (
        <ul class="found">
          {several.map((found) => (
            <li key={hrefOf(found)}>
              <a href={hrefOf(found)} onClick={clear}>
                <span class="found-kind">{found.what === "entity" ? found.kind.replaceAll("_", " ") : found.what}</span>
                <code>{found.id}</code>
              </a>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}
