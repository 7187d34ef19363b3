import { measure } from "../measure.ts";
import { type DbosApp, launchDbos } from "./dbos_app.ts";

let url = "";
let app: DbosApp;

/** As its README has it for webhooks: the event's id is the workflow's, and the process that got it runs it. */
export async function start(databaseUrl: string): Promise<void> {
  url = databaseUrl;
  app = await launchDbos(url);
}

export function run(events: number): Promise<number> {
  const { dbos, workflow } = app;
  return measure(url, { events, send: (key) => dbos.startWorkflow(workflow, { workflowID: key })(key) });
}

export function stop(): Promise<void> {
  return app.stop();
}
