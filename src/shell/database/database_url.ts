/** What is wrong with a `DATABASE_URL`, without its value; null if nothing is. */
export function problemOfDatabaseUrl(value: string): string | null {
  if (!URL.canParse(value)) return URL_FORM;
  const { protocol, pathname, search, hash } = new URL(value);
  if (!/^postgres(ql)?:$/.test(protocol)) return URL_FORM;
  // What follows an unescaped / ? or # of a password is taken for the database, and would be shown as such.
  if (`${pathname}${search}${hash}`.includes("@")) return `has an @ after the host; ${ESCAPES}`;
  return isEscapedWell(value) ? null : `has a % without two hex digits of UTF-8; ${ESCAPES}`;
}

const URL_FORM = "must be a URL of the form postgres://user:password@host:5432/name";
const ESCAPES = "write / ? # @ and % of a user or password as %2F %3F %23 %40 and %25";

function isEscapedWell(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}
