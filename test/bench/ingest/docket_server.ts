import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../../src/shell/cli.ts";

/** Docket as it is started, with a policy that plans one job for each new user. Other commands take it as well. */
const CONFIG = `
import { defineConfig, job, policy } from "docket";
// The job waits: what is measured is that it is planned, not what it does.
export default defineConfig({
  policies: [
    policy("later", { kind: "user", once: true, stopAbove: false }, ({ after, ref }) =>
      after._tag === "Live" && after.event === "user.created" ? [job("log", { userId: ref.id }, { after: "1 day" })] : []),
  ],
});`;

const [, , ...command] = process.argv;
const path = join(process.cwd(), "docket.config.ts");
writeFileSync(path, CONFIG);
process.env["DOCKET_CONFIG"] = path;
await runCli(command.length === 0 ? ["serve"] : command);
