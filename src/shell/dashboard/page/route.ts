/** A view, as the address after `#` names it. */
export type Route =
  | { readonly view: "overview" }
  | { readonly view: "events"; readonly filters: URLSearchParams }
  | { readonly view: "event"; readonly svixId: string }
  | { readonly view: "entities"; readonly kind: string }
  /** `at`: as of which time; null: now. */
  | { readonly view: "entity"; readonly kind: string; readonly id: string; readonly at: string | null }
  | { readonly view: "jobs"; readonly filters: URLSearchParams }
  | { readonly view: "job"; readonly key: string }
  | { readonly view: "quarantine" }
  | { readonly view: "drift" }
  | { readonly view: "audit" }
  | { readonly view: "missing" };

/** Reads what follows `#` in the address. */
export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const [view = "", first, second, ...more] = path.split("/").slice(1).map(decoded);
  const filters = new URLSearchParams(query);
  if (more.length > 0) return { view: "missing" };
  switch (view) {
    case "":
      return { view: "overview" };
    case "events":
      return first === undefined ? { view, filters } : { view: "event", svixId: first };
    case "entities":
      return second === undefined
        ? { view, kind: first ?? "user" }
        : { view: "entity", kind: first ?? "", id: second, at: filters.get("at") };
    case "jobs":
      return first === undefined ? { view, filters } : { view: "job", key: first };
    case "quarantine":
    case "drift":
    case "audit":
      return { view };
    default:
      return { view: "missing" };
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a message. */
export function eventHref(svixId: string): string {
  return `#/events/${encodeURIComponent(svixId)}`;
}

/** The address of an entity, now or as of a time. */
export function entityHref({ kind, id }: { readonly kind: string; readonly id: string }, at?: string | null): string {
  const time = at === undefined || at === null ? "" : `?at=${encodeURIComponent(at)}`;
  return `#/entities/${encodeURIComponent(kind)}/${encodeURIComponent(id)}${time}`;
}

/** The address of a job. */
export function jobHref(key: string): string {
  return `#/jobs/${encodeURIComponent(key)}`;
}

/** A path with those parameters that are not empty. */
export function withQuery(path: string, parameters: Readonly<Record<string, string | null | undefined>>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
