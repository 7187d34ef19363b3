/**
 * Finds Bun and runs it in Node's place.
 *
 * Plain JavaScript, because it runs before there is a Bun to read TypeScript: under Node, or under a Bun that stands
 * in for Node. It works whether or not a package manager let `bun`'s postinstall script run.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const WINDOWS = process.platform === "win32";

/** A signal that comes again within this time was sent once: to the group, and by a parent that forwards. */
const SAME_SIGNAL_MS = 1_000;

/** The postinstall script replaces a text file of the same name. Bun itself is about 100 MB. */
const BINARY_BYTES_MIN = 1_000_000;

/**
 * Where Bun is: the pinned one in node_modules, else the Bun that runs this. `from` is a file of the package.
 *
 * @param {string} from
 * @returns {string | undefined}
 */
export function findBun(from) {
  const installed = candidates(from).find(isBinary);
  return installed ?? (process.versions.bun === undefined ? undefined : process.execPath);
}

/**
 * Runs Bun with `args` until it ends, passes signals on, and ends with its exit code.
 *
 * @param {readonly string[]} args
 * @returns {void}
 */
export function launch(args) {
  const bun = findBun(import.meta.url);
  if (bun === undefined) {
    console.error("docket: Bun is not installed here. Run `npm install` (or `bun install`) first, then try again.");
    process.exit(127);
  }
  // Before there is a child, so that no signal finds this process without a handler.
  const forwardTo = catchSignals();
  const child = spawn(bun, args, { stdio: "inherit" });
  forwardTo(child);
  child.on("error", (error) => {
    console.error(`docket: could not run ${bun}: ${error.message}. Delete node_modules and install again.`);
    process.exit(126);
  });
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + (os.constants.signals[signal] ?? 0));
  });
}

/**
 * Catches SIGINT, SIGTERM and SIGHUP, and gives the function that names the child to pass them on to. What came
 * before is passed on then.
 *
 * An echo is not passed on, because a second signal means "at once" to a server that is still finishing its requests.
 * For the same reason a terminal's first SIGINT is not: Ctrl-C reaches the whole group, the child included.
 *
 * @returns {(child: import("node:child_process").ChildProcess) => void}
 */
function catchSignals() {
  /** @type {(signal: NodeJS.Signals) => void} */
  let pass = (signal) => early.push(signal);
  /** @type {NodeJS.Signals[]} */
  const early = [];
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    let first = true;
    let lastMs = 0;
    process.on(signal, () => {
      const nowMs = performance.now();
      const echo = first ? signal === "SIGINT" && process.stdin.isTTY : nowMs - lastMs < SAME_SIGNAL_MS;
      first = false;
      lastMs = nowMs;
      if (!echo) pass(signal);
    });
  }
  return (child) => {
    pass = (signal) => child.kill(signal);
    for (const signal of early) child.kill(signal);
  };
}

/**
 * @param {string} from
 * @returns {readonly string[]}
 */
function candidates(from) {
  const bunPackage = packageFolder("bun", from);
  if (bunPackage === undefined) return [];
  const system = WINDOWS ? "windows" : process.platform;
  const machine = process.arch === "arm64" ? "aarch64" : process.arch;
  const names = [`@oven/bun-${system}-${machine}`, `@oven/bun-${system}-${machine}-musl`];
  if (isMusl()) names.reverse();
  const oven = names
    .map((name) => packageFolder(name, path.join(bunPackage, "package.json")))
    .filter((folder) => folder !== undefined)
    .map((folder) => path.join(folder, "bin", WINDOWS ? "bun.exe" : "bun"));
  const [preferred, ...others] = oven;
  // The postinstall script moves the binary from the first place to the second.
  const linked = path.join(bunPackage, "bin", "bun.exe");
  return preferred === undefined ? [linked] : [preferred, linked, ...others];
}

/**
 * @param {string} name
 * @param {string} from
 * @returns {string | undefined}
 */
function packageFolder(name, from) {
  try {
    return path.dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** @returns {boolean} */
function isMusl() {
  if (process.platform !== "linux") return false;
  // A Bun that stands in for Node may have no report; Alpine is the musl system that matters then.
  const report = /** @type {any} */ (process.report?.getReport?.());
  return report?.header === undefined ? existsSync("/etc/alpine-release") : !report.header.glibcVersionRuntime;
}

/**
 * @param {string} file
 * @returns {boolean}
 */
function isBinary(file) {
  try {
    const { mode, size } = statSync(file);
    return size >= BINARY_BYTES_MIN && (WINDOWS || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}
