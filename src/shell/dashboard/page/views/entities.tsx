import type { JSX } from "preact";
import type { Kind } from "../../../../core/mod.ts";
import { Badge } from "../parts/badge.tsx";
import { More } from "../parts/more.tsx";
import { Time } from "../parts/time.tsx";
import { Empty, Loading, Trouble, View } from "../parts/view.tsx";
import { entityHref } from "../route.ts";
import { useStats } from "../stats.ts";
import { useNewsSlowly, useReturn } from "../use_news.ts";
import { usePages } from "../use_pages.ts";
import type { Entity } from "../wire.ts";
import { countWords, kindWords } from "../words.ts";

/** All kinds, and what the rows of each are called. */
const KINDS: { readonly [K in Kind]: string } = {
  user: "users",
  organization: "organizations",
  organization_membership: "memberships",
  organization_invitation: "invitations",
  organization_domain: "domains",
  role: "roles",
  permission: "permissions",
  session: "sessions",
  waitlist_entry: "waitlist",
  subscription: "subscriptions",
  subscription_item: "subscription items",
  payment_attempt: "payments",
  message: "messages",
};

const AFTER_NEWS_MS = 2_000;

/** The rows of a kind, the newest first. */
export function EntitiesView({ kind }: { readonly kind: string }): JSX.Element {
  const pages = usePages<Entity>(`/entities/${encodeURIComponent(kind)}?limit=50`);
  const stats = useStats();
  const { items, error, again } = pages;
  useReturn(again);
  useNewsSlowly(again, {
    everyMs: AFTER_NEWS_MS,
    // Not under the eyes of who has gone on to older ones.
    of: ({ events }) => (items?.length ?? 0) <= 50 && events.some(({ entityKind }) => entityKind === kind),
  });
  const counts = new Map<string, number>(stats?.entities.map((it) => [it.kind, it.estimate]));
  return (
    <View title="Entities" name="Entities">
      <nav class="tabs" aria-label="Kinds">
        <ul>
          {Object.entries(KINDS).map(([name, label]) => (
            <li key={name}>
              <a href={`#/entities/${name}`} aria-current={name === kind ? "page" : undefined}>
                {label}
                {(counts.get(name) ?? 0) > 0 ? (
                  <span class="dim number"> {countWords(counts.get(name) ?? 0)}</span>
                ) : null}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {items === undefined && error === undefined ? <Loading /> : null}
      {items?.length === 0 ? (
        <Empty title={`No ${kindWords(kind)} is on file.`}>
          <p>
            They come by webhooks from now on. Those that Clerk has already: <code>npm run docket -- backfill</code>
          </p>
        </Empty>
      ) : null}
      {items === undefined || items.length === 0 ? null : (
        <ol class="rows card" aria-label={`${kindWords(kind)}, the newest first`}>
          {items.map((entity) => (
            <li key={entity.id} class="row entity-row">
              <Badge tone={entity.state === "live" ? "good" : "calm"}>{entity.state}</Badge>
              <a class="row-main" href={entityHref(entity)}>
                {titleOf(entity) ?? <code>{entity.id}</code>}
              </a>
              <span class="row-sub">
                <code>{entity.id}</code>
              </span>
              <span class="row-time">
                <Time at={updatedAt(entity)} />
              </span>
            </li>
          ))}
        </ol>
      )}
      <More pages={pages} />
    </View>
  );
}

const NAMES = ["primary_email_address", "name", "email_address", "to_email_address", "slug", "key", "username"];

/** What people call it, if it has a name. */
export function titleOf({ data }: Pick<Entity, "data">): string | null {
  const name = NAMES.map((column) => data[column]).find((value) => typeof value === "string" && value !== "");
  if (typeof name === "string") return name;
  const both = [data["first_name"], data["last_name"]].filter((it) => typeof it === "string" && it !== "").join(" ");
  return both === "" ? null : both;
}

function updatedAt({ data, deletedAt }: Entity): string | null {
  const at = deletedAt ?? data["updated_at"] ?? data["created_at"];
  return typeof at === "string" ? at : null;
}
