import type { JSX } from "preact";
import { lastPulse, liveStatus } from "./live.ts";
import type { Route } from "./route.ts";
import { SearchBox } from "./search_box.tsx";
import { useStats } from "./stats.ts";
import { useStore } from "./store.ts";
import { nextTheme, theme } from "./theme.ts";
import { countWords } from "./words.ts";

interface Entry {
  readonly href: string;
  readonly label: string;
  readonly views: readonly Route["view"][];
  /** How many of them want a person. */
  readonly count?: number | undefined;
  /** They can wait. */
  readonly isCalm?: boolean;
}

/** The way to all views, and how the page itself is doing. */
export function Navigation({ route }: { readonly route: Route }): JSX.Element {
  const stats = useStats();
  const { dead = 0, held = 0 } = stats?.jobs ?? {};
  const entries: readonly Entry[] = [
    {
      href: "#/",
      label: "Overview",
      views: ["overview"],
      count: stats?.problems.filter(({ severity }) => severity !== "notice").length,
    },
    { href: "#/events", label: "Events", views: ["events", "event"] },
    { href: "#/entities/user", label: "Entities", views: ["entities", "entity"] },
    { href: "#/jobs", label: "Jobs", views: ["jobs", "job"], count: dead + held, isCalm: dead === 0 },
    { href: "#/quarantine", label: "Quarantine", views: ["quarantine"], count: stats?.messages.quarantined },
    { href: "#/drift", label: "Drift", views: ["drift"], count: stats?.drift, isCalm: true },
    { href: "#/audit", label: "Audit", views: ["audit"] },
  ];
  return (
    <header class="side">
      <div class="brand">
        <a href="#/">Docket</a>
        <LiveMark />
      </div>
      <SearchBox />
      <nav aria-label="Views">
        <ul>
          {entries.map(({ href, label, views, count = 0, isCalm = false }) => (
            <li key={href}>
              <a href={href} aria-current={views.includes(route.view) ? "page" : undefined}>
                {label}
                {count > 0 ? (
                  <span class={isCalm ? "count calm" : "count"}>{count > 999 ? "999+" : countWords(count)}</span>
                ) : null}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Settings />
    </header>
  );
}

const LIVE_WORDS = {
  connecting: ["calm", "connecting", "Connecting to the service's stream"],
  live: ["good", "live", "What happens is shown as it happens"],
  lost: ["bad", "reconnecting", "The service does not answer: trying again"],
  paused: ["calm", "paused", "Rests while nobody looks"],
} as const;

/** Whether the page hears of what happens. */
function LiveMark(): JSX.Element {
  const status = useStore(liveStatus);
  const pulse = useStore(lastPulse);
  const [tone, word, title] = LIVE_WORDS[status];
  const received = status === "live" ? (pulse?.counts["received"] ?? 0) : 0;
  return (
    <span class="live-mark" role="status" title={title}>
      <span class={`badge ${tone}`}>{word}</span>
      {received > 0 ? <span class="rate number">{countWords(received)}/s</span> : null}
    </span>
  );
}

const THEME_WORDS = { system: "system theme", light: "light theme", dark: "dark theme" } as const;

function Settings(): JSX.Element {
  const chosen = useStore(theme);
  return (
    <div class="settings">
      <button type="button" class="quiet" onClick={nextTheme} title="Change between system, light and dark">
        {THEME_WORDS[chosen]}
      </button>
      {document.querySelector("#app[data-login]") === null ? null : (
        <form method="post" action="/logout">
          <button type="submit" class="quiet">
            Sign out
          </button>
        </form>
      )}
    </div>
  );
}
