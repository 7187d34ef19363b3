import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A config file in a folder of its own, far from the repository. */
export interface ConfigFile extends Disposable {
  readonly folder: string;
  readonly path: string;
}

/** Writes `docket.config.ts`, deleted when it goes out of scope. */
export function configFile(text: string): ConfigFile {
  const folder = mkdtempSync(join(tmpdir(), "docket-config-"));
  const path = join(folder, "docket.config.ts");
  writeFileSync(path, text);
  return { folder, path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
