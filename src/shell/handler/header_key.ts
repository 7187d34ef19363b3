/** A job's key as any header may hold it: what is not visible ASCII goes percent-encoded, and so does `%`. */
export function headerKey(key: string): string {
  return key.toWellFormed().replaceAll(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
}
