import { INSERT_EFFECT } from "../contestant.ts";
import { importPeer, openPool, type Pool } from "../peer_packages.ts";

type Workflow = (key: string) => Promise<void>;

interface StartOptions {
  readonly workflowID: string;
  readonly queueName?: string;
}

/** What we use of it. */
interface Dbos {
  setConfig(config: { readonly name: string; readonly systemDatabaseUrl: string }): void;
  registerWorkflow(workflow: Workflow, options: { readonly name: string }): Workflow;
  runStep(step: () => Promise<void>, options: { readonly name: string }): Promise<void>;
  registerQueue(name: string): Promise<unknown>;
  startWorkflow(workflow: Workflow, options: StartOptions): (key: string) => Promise<unknown>;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
}

interface DbosPackage {
  readonly DBOS: Dbos;
}

export interface DbosApp {
  readonly dbos: Dbos;
  readonly workflow: Workflow;
  stop(): Promise<void>;
}

/** An application of a workflow with one step, which writes the effect row. Its own tables are beside that. */
export async function launchDbos(url: string): Promise<DbosApp> {
  const pool: Pool = await openPool(url);
  const { DBOS: dbos } = await importPeer<DbosPackage>("@dbos-inc/dbos-sdk");
  const writeEffect = async (key: string): Promise<void> => {
    await pool.query(INSERT_EFFECT, [key]);
  };
  const workflow = dbos.registerWorkflow((key) => dbos.runStep(() => writeEffect(key), { name: "writeEffect" }), {
    name: "effectWorkflow",
  });
  dbos.setConfig({ name: "bench", systemDatabaseUrl: url });
  await dbos.launch();
  return {
    dbos,
    workflow,
    stop: async () => {
      await dbos.shutdown();
      await pool.end();
    },
  };
}
