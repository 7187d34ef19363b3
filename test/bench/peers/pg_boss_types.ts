interface Job {
  readonly data: { readonly key: string };
}

type Handler = (jobs: readonly Job[]) => Promise<unknown>;

export interface WorkOptions {
  readonly batchSize: number;
  readonly burstWhenBatchFull: boolean;
  readonly pollingIntervalSeconds: number;
}

/** What we use of it. */
export interface PgBoss {
  on(event: "error", listener: (error: unknown) => void): void;
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<unknown>;
  work(name: string, handler: Handler): Promise<string>;
  work(name: string, options: WorkOptions, handler: Handler): Promise<string>;
  stop(): Promise<void>;
}

export interface PgBossPackage {
  readonly PgBoss: new (url: string) => PgBoss;
}
