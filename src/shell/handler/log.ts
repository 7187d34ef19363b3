import { Effect } from "effect";
import { type HandlerSpec, handler } from "./handler.ts";

/**
 * The built-in `log`: a line in the service's log, with the job's payload. Choose the policy's payload with care: what
 * is in it is in the log for as long as you keep that, whatever is erased here.
 */
export const logHandler: HandlerSpec = handler({ concurrency: 500 }, (payload, { key, policy, ref, asOfMs }) =>
  Effect.logInfo("Job", { jobKey: key, policy, kind: ref.kind, id: ref.id, asOfMs, payload }),
);
