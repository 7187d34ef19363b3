import { type Check, failure, ok, warning } from "./check.ts";

const NAME = "endpoint";
const TIMEOUT_MS = 5_000;

/** Does a Docket answer on this machine, and is it ready? */
export async function checkEndpoint(port: number): Promise<Check> {
  const url = `http://localhost:${port}/readyz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
    const answer = readReady(await response.text());
    if (response.status === 200 && answer?.status === "ready") return ok(NAME, `${url} is ready`);
    if (response.status === 503 && answer?.error?.message !== undefined) {
      return failure(NAME, { detail: answer.error.message, advice: "Look at the log of the running Docket" });
    }
    const advice = "Set PORT to another port, or stop what listens there";
    return failure(NAME, { detail: `something other than Docket answers ${response.status} at ${url}`, advice });
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") {
      return failure(NAME, { detail: `${url} does not answer`, advice: "Look at the log of the running Docket" });
    }
    const advice = "Start it with `npm start` (or `bun start`), unless it runs elsewhere";
    return warning(NAME, { detail: `nothing listens on port ${port}`, advice });
  }
}

interface Ready {
  readonly status?: string;
  readonly error?: { readonly message?: string };
}

function readReady(text: string): Ready | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
