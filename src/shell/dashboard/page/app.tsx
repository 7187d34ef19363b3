import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { hasSignedOut } from "./ask.ts";
import { startLive } from "./live.ts";
import { Navigation } from "./navigation.tsx";
import { Announcer } from "./parts/announcer.tsx";
import { ConfirmDialog } from "./parts/confirm.tsx";
import { Empty, View } from "./parts/view.tsx";
import type { Route } from "./route.ts";
import { useStore } from "./store.ts";
import { useRoute } from "./use_route.ts";
import { AuditView } from "./views/audit.tsx";
import { DriftView } from "./views/drift.tsx";
import { EntitiesView } from "./views/entities.tsx";
import { EntityView } from "./views/entity.tsx";
import { EventView } from "./views/event.tsx";
import { EventsView } from "./views/events.tsx";
import { JobView } from "./views/job.tsx";
import { JobsView } from "./views/jobs.tsx";
import { OverviewView } from "./views/overview.tsx";
import { QuarantineView } from "./views/quarantine.tsx";

/** The whole page. */
export function App(): JSX.Element {
  const route = useRoute();
  const isOut = useStore(hasSignedOut);
  useEffect(startLive, []);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>("#main")?.focus()}>
        Skip to the content
      </button>
      <div class="layout">
        <Navigation route={route} />
        <main id="main" tabIndex={-1}>
          {isOut ? <SignedOut /> : <Shown route={route} />}
        </main>
      </div>
      <Announcer />
      <ConfirmDialog />
    </>
  );
}

function Shown({ route }: { readonly route: Route }): JSX.Element {
  switch (route.view) {
    case "overview":
      return <OverviewView />;
    case "events":
      return <EventsView filters={route.filters} />;
    case "event":
      return <EventView key={route.svixId} svixId={route.svixId} />;
    case "entities":
      return <EntitiesView kind={route.kind} />;
    case "entity":
      return <EntityView key={`${route.kind}/${route.id}`} kind={route.kind} id={route.id} at={route.at} />;
    case "jobs":
      return <JobsView filters={route.filters} />;
    case "job":
      return <JobView key={route.key} jobKey={route.key} />;
    case "quarantine":
      return <QuarantineView />;
    case "drift":
      return <DriftView />;
    case "audit":
      return <AuditView />;
    case "missing":
      return (
        <View title="No such view" name="No such view">
          <Empty title="This address names no view.">
            <p>
              <a href="#/">Go to the overview</a>, or search for an id.
            </p>
          </Empty>
        </View>
      );
    default:
      return route satisfies never;
  }
}

function SignedOut(): JSX.Element {
  return (
    <View title="Signed out" name="Signed out">
      <Empty title="Your session has ended, or the token was changed.">
        <p>
          <button type="button" class="primary" onClick={() => location.reload()}>
            Sign in again
          </button>
        </p>
      </Empty>
    </View>
  );
}
