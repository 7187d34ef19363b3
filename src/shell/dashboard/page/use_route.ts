import { useEffect, useState } from "preact/hooks";
import { type Route, readRoute } from "./route.ts";

/** The view that the address names, also after back and forward. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const read = (): void => setRoute(readRoute(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return route;
}

/** Goes to another view. */
export function goTo(href: string): void {
  location.hash = href.replace(/^#/, "");
}

/** Shows another address for the view that is there, which back does not come to. */
export function replaceAddress(href: string): void {
  history.replaceState(null, "", href);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
