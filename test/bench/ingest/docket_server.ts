import { runCli } from "../../../src/shell/cli.ts";
import { configFile } from "../../support/config_file.ts";

/** Docket as it is started, with a policy that plans one job for each new user. */
const CONFIG = `
import { defineConfig, job, policy } from "docket";
// The job waits: what is measured is that it is planned, not what it does.
export default defineConfig({
  policies: [
    policy("later", { kind: "user", once: true, stopAbove: false }, ({ after, ref }) =>
      after._tag === "Live" && after.event === "user.created" ? [job("log", { userId: ref.id }, { after: "1 day" })] : []),
  ],
});`;

process.env["DOCKET_CONFIG"] = configFile(CONFIG).path;
await runCli(["serve"]);
