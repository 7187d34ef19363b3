/**
 * The name in a path after `prefix`, which may hold slashes as they are or percent-encoded: the key
 * `welcome/user/user_1` is `/v1/jobs/welcome/user/user_1` and `/v1/jobs/welcome%2Fuser%2Fuser_1`. Read from the address
 * as it was sent, since a router has no sense of names with slashes. Empty where it is no well-formed name.
 *
 * @param url Of the request, whole.
 */
export function nameAfter(prefix: string, url: string): string {
  return decoded(rawAfter(prefix, url));
}

/**
 * The name and the action after `prefix`, of `<prefix><name>/<action>`. The action is always what follows the last
 * slash that is not encoded: so a key that ends in `retry` is retried at `.../retry/retry`, and never by mistake.
 */
export function orderAfter(prefix: string, url: string): { readonly name: string; readonly action: string } {
  const [, name = "", action = ""] = /^(.*)\/([^/]*)$/s.exec(rawAfter(prefix, url)) ?? [];
  return { name: decoded(name), action: decoded(action) };
}

function rawAfter(prefix: string, url: string): string {
  const [path = ""] = url.split(/[?#]/, 1);
  const start = path.indexOf(prefix);
  return start < 0 ? "" : path.slice(start + prefix.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
