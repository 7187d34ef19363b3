import type { Ending } from "./ending.ts";
import type { VersionRow } from "./read_versions.ts";
import type { Placing } from "./standing.ts";

/** One sentence for people: why a message is to its entity what it is. */
export function whyOf(
  version: VersionRow,
  { placing, ending, erased }: { readonly placing: Placing; readonly ending: Ending | null; readonly erased: boolean },
): string {
  const { standing, supersededBy } = placing;
  switch (standing) {
    case "current":
      return "The newest version: the row shows it.";
    case "superseded":
      return supersededBy !== null && supersededBy === ending?.svixId
        ? `The last version before the deletion: the row shows it as deleted${erased ? ", without personal data" : ""}.`
        : `A newer version follows, ${supersededBy}: the row no longer shows this one.${late(version)}`;
    case "folded":
      return whyFolded(version, supersededBy);
    case "after_deletion":
      return "As of after the deletion, which is final: it brings nothing back.";
    case "deletion":
      return whyEnded(version, ending);
    case "quarantined":
      return `Not understood, so kept as it came: ${version.fault ?? "no reason is on file"}.`;
    case "foreign":
      return `From another Clerk instance (${version.instanceId}), so kept and not applied: see DOCKET_INSTANCE_IDS.`;
    case "ignored":
      return "Of a type that has no table, so kept and not applied.";
    default:
      return standing satisfies never;
  }
}

function late({ outcome }: VersionRow): string {
  return outcome === "stale" ? " It came late, and never was the row's." : "";
}

function whyFolded({ isDeletion, source }: VersionRow, by: string | null): string {
  if (isDeletion) return `Another deletion, ${by}, stands for the end: this one adds nothing.`;
  if (source === "api") return `Clerk's API showed what ${by} tells of: it adds nothing.`;
  return `The same happening as ${by}, which stands for both: it adds nothing.`;
}

function whyEnded({ source }: VersionRow, ending: Ending | null): string {
  if (ending?.cause === "inherited") {
    const { entityKind, entityId } = ending;
    return entityKind === null
      ? "The deletion of something that it belonged to ended it too."
      : `The deletion of ${entityKind} ${entityId}, which it belonged to, ended it too.`;
  }
  return source === "api"
    ? "Clerk's API no longer had it: it is deleted for good."
    : "Clerk deleted it: it is gone for good.";
}
