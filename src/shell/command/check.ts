/** What `docket doctor` found out about one thing. */
export interface Check {
  readonly name: string;
  /** A warning leaves Docket working; a failure does not. */
  readonly status: "ok" | "warning" | "failure";
  /** What is so. Never holds a secret. */
  readonly detail: string;
  /** What to do, or null if there is nothing to do. */
  readonly advice: string | null;
}

export function ok(name: string, detail: string): Check {
  return { name, status: "ok", detail, advice: null };
}

export interface Finding {
  readonly detail: string;
  readonly advice: string;
}

export function warning(name: string, finding: Finding): Check {
  return { name, status: "warning", ...finding };
}

export function failure(name: string, finding: Finding): Check {
  return { name, status: "failure", ...finding };
}
