/** Fields that every kind has. Times are Clerk's own, milliseconds since the Unix epoch. */
export interface CommonValue {
  readonly createdAtMs: number | null;
  readonly updatedAtMs: number | null;
}
