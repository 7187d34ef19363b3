import { makeStore } from "./store.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "docket-theme";
const NEXT: { readonly [T in Theme]: Theme } = { system: "light", light: "dark", dark: "system" };

/** What the reader chose in this browser. */
export const theme = makeStore<Theme>(read());

/** Changes with all that changes the page's colours. */
export const coloursChanged = makeStore(0);

/** Dresses the page as chosen, from now on. */
export function applyTheme(): void {
  const dress = (): void => {
    const chosen = theme.get();
    if (chosen === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset["theme"] = chosen;
    coloursChanged.set(coloursChanged.get() + 1);
  };
  dress();
  theme.subscribe(dress);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
}

/** Takes the next of the three. */
export function nextTheme(): void {
  const next = NEXT[theme.get()];
  theme.set(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing forgets it at the next visit.
  }
}

function read(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}
