/** True for a request that changes nothing. */
export function isReading({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

/** True for what no browser sent, or one for a page of ours: browsers name the page's origin, and pages can't. */
export function isOwnOrigin({ headers }: Request): boolean {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  return (
    (origin === null || URL.parse(origin)?.host === headers.get("host")?.toLowerCase()) &&
    (site === null || site === "same-origin" || site === "none")
  );
}

/**
 * True for what a browser sent for a page of ours, for certain. The browser's own word goes first: a proxy may have
 * changed the host, and browsers that say nothing of the site are only those that came by plain http.
 */
export function isSurelyOwnPage({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = headers.get("origin");
  return origin !== null && URL.parse(origin)?.host === headers.get("host")?.toLowerCase();
}
