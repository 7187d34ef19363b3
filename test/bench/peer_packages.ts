import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const WANTED = join(import.meta.dir, "peers", "package.json");
/** Outside of `test`, where the house's own rules are checked; goes when the project's packages go. */
const FOLDER = join(import.meta.dir, "..", "..", "node_modules", ".cache", "bench_peers");

/** Installs the packages of the peers, unless they are there. */
export function installPeers(): void {
  const installed = join(FOLDER, "package.json");
  const current = existsSync(installed) && readFileSync(installed, "utf8") === readFileSync(WANTED, "utf8");
  if (current && existsSync(join(FOLDER, "node_modules"))) return;
  mkdirSync(FOLDER, { recursive: true });
  cpSync(WANTED, installed);
  const { status } = spawnSync(process.execPath, ["install", "--no-save"], { cwd: FOLDER, stdio: "inherit" });
  if (status !== 0) throw new Error("Cannot install the peers");
}

/** A package of the peers. Its types are not installed with the project: `T` says what of it is used. */
export async function importPeer<T>(name: string): Promise<T> {
  return import(Bun.resolveSync(name, FOLDER));
}

interface Pool {
  query(text: string, values: readonly unknown[]): Promise<unknown>;
  end(): Promise<void>;
}

interface PgPackage {
  readonly Pool: new (options: { readonly connectionString: string }) => Pool;
}

/** A pool for effects, as node-postgres makes it: of 10 connections. All the peers build on that driver. */
export async function openPool(url: string): Promise<Pool> {
  const { Pool } = await importPeer<PgPackage>("pg");
  return new Pool({ connectionString: url });
}

export type { Pool };
