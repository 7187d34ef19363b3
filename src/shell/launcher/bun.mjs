#!/usr/bin/env node
// Runs Bun with the arguments given, whether or not bun's postinstall script was allowed to run.
import { launch } from "./launch.mjs";

launch(process.argv.slice(2));
