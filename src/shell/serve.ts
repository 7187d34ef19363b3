import { Cause, Effect, Layer, Redacted } from "effect";
import { appLayer } from "./app.ts";
import { type AppConfig, readAppConfig } from "./app_config.ts";
import { loadConfig } from "./config/load_config.ts";
import { Database } from "./database/database.ts";
import { HttpServer } from "./http_server.ts";
import { runMain } from "./run_main.ts";
import { loadOrMakeSigningSecret } from "./signing_secret.ts";

/** `docket serve`: migrates, then serves until the process is told to stop. A wrong setting ends it with one line. */
export async function serve(): Promise<void> {
  runMain(
    program.pipe(
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause)
          ? Effect.failCause(cause)
          : Effect.sync(() => {
              process.stderr.write(`docket: ${oneLine(Cause.squash(cause))}\n`);
              process.exit(1);
            }),
      ),
    ),
  );
}

const program = Effect.gen(function* () {
  const config = yield* readAppConfig(process.env);
  const { policies, handlers, hooks } = yield* loadConfig(process.env);
  const made = config.signingSecrets.length === 0 ? yield* developmentSecret(config) : undefined;
  const layer = appLayer(config, made === undefined ? config.signingSecrets : [made], { policies, handlers, hooks });
  return yield* Layer.launch(Layer.provide(Layer.effectDiscard(greet(made)), layer));
});

function developmentSecret({ dataDir }: AppConfig): Effect.Effect<Redacted.Redacted<string>> {
  return Effect.promise(async () => Redacted.make(await loadOrMakeSigningSecret(dataDir)));
}

/** What somebody who just started it wants to know, for eyes and so on standard error: logs stay JSON lines. */
function greet(made: Redacted.Redacted<string> | undefined): Effect.Effect<void, never, HttpServer | Database> {
  return Effect.gen(function* () {
    const { url } = yield* HttpServer;
    const { flavor } = yield* Database;
    const lines = [`Docket is up on ${url}`, `Look at it in a browser: ${url}/`];
    if (flavor === "pglite") {
      lines.push(
        "Database: embedded PGlite. One process, and safe against a crash of it but not against power loss:",
        "  for trying, developing and small single-machine use. Set DATABASE_URL for production.",
      );
      yield* Effect.logWarning("Embedded database: not for production, set DATABASE_URL");
    }
    if (made !== undefined) {
      lines.push(
        `Signing secret, made for development: ${Redacted.value(made)}`,
        "Send a first signed event, from another terminal, and look at its row:",
        "  npm run docket -- trigger user.created     (with Bun alone: bun docket trigger user.created)",
        "  npm run docket -- entity user",
      );
    }
    process.stderr.write(`\n${lines.join("\n")}\n\n`);
  });
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "failed";
}
