/** What became of an attempt of a job that ended, and was not given back. */
export interface EndedAttempt {
  readonly policy: string;
  readonly handler: string;
  readonly outcome: "done" | "failed" | "dead";
  /** From when the job could have begun until this end. Null: nothing says when that was. */
  readonly lagMs: number | null;
}
