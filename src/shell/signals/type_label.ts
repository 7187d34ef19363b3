import { EVENT_TYPES, KINDS } from "../../core/mod.ts";
import { OTHER } from "./label_counts.ts";

/** Types that Docket knows, those of its own observations with them. */
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(EVENT_TYPES), ...KINDS.map((kind) => `${kind}.observed`)]);

/** An event type as a label: whatever a sender makes up is one label together. */
export function typeLabel(type: string | null): string {
  return type !== null && KNOWN.has(type) ? type : OTHER;
}
