import type { JSX } from "preact";
import { Command } from "./view.tsx";

/** What to do while nothing has come yet. */
export function FirstSteps(): JSX.Element {
  return (
    <div class="empty first-steps">
      <p class="empty-title">No message has come yet.</p>
      <section>
        <h2>Send a first signed event</h2>
        <p>From another terminal, in the folder of Docket:</p>
        <Command text="npm run docket -- trigger user.created" />
        <p>A whole life of a user and an organization, shuffled and with every message sent twice:</p>
        <Command text="npm run docket -- trigger --scenario life --shuffle --duplicate" />
      </section>
      <section>
        <h2>Connect Clerk</h2>
        <ol>
          <li>
            In Clerk's Dashboard: Configure › Webhooks › Add Endpoint, with the URL{" "}
            <code>https://&lt;your host&gt;/webhooks/clerk</code>. Subscribe to every event.
          </li>
          <li>
            Copy the endpoint's signing secret and start Docket with <code>CLERK_WEBHOOK_SIGNING_SECRET=whsec_…</code>
          </li>
          <li>
            Check it: <code>npm run docket -- doctor</code>
          </li>
          <li>
            Bring what Clerk has already: <code>npm run docket -- backfill</code>
          </li>
        </ol>
      </section>
    </div>
  );
}
