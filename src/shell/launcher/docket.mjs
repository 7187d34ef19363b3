#!/usr/bin/env node
// The `docket` command: runs this package's own main.ts with Bun, from wherever it was called.
import { fileURLToPath } from "node:url";
import { launch } from "./launch.mjs";

launch([fileURLToPath(new URL("../main.ts", import.meta.url)), ...process.argv.slice(2)]);
