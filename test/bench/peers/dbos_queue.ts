import { measure } from "../measure.ts";
import { type DbosApp, launchDbos } from "./dbos_app.ts";

const QUEUE = "effects";
let url = "";
let app: DbosApp;

/** As its README has it for queues: registered after the launch, with no options. */
export async function start(databaseUrl: string): Promise<void> {
  url = databaseUrl;
  app = await launchDbos(url);
  await app.dbos.registerQueue(QUEUE);
}

export function run(events: number): Promise<number> {
  const { dbos, workflow } = app;
  const send = (key: string): Promise<unknown> =>
    dbos.startWorkflow(workflow, { workflowID: key, queueName: QUEUE })(key);
  return measure(url, { events, send });
}

export function stop(): Promise<void> {
  return app.stop();
}
