import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../../src/shell/cli.ts";

/** Docket as it is started, with a config of its own. Other commands take it as well. */
const CONFIG = `
import { defineConfig } from "docket";
import { LATER } from ${JSON.stringify(join(import.meta.dir, "later.ts"))};
export default defineConfig({ policies: [LATER] });`;

const [, , ...command] = process.argv;
const path = join(process.cwd(), "docket.config.ts");
writeFileSync(path, CONFIG);
process.env["DOCKET_CONFIG"] = path;
await runCli(command.length === 0 ? ["serve"] : command);
