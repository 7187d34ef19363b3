import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import path from "node:path";
import { isSigningSecret, SettingError } from "./app_config.ts";

const SECRET_BYTES = 24;
const FILE = "signing_secret";

/** How long to wait for another process that is just writing the file, where files cannot be linked. */
const WRITE_WAIT_MS = 1_000;
const WRITE_POLL_MS = 20;

/** Where the development secret is kept. */
export function signingSecretPath(dataDir: string): string {
  return path.join(dataDir, FILE);
}

/**
 * The development secret of `dataDir`, made on first use and readable by its owner alone. Processes that ask at once
 * all get the same one.
 *
 * Rejects with a `SettingError` if the folder cannot be written or the file holds something else.
 */
export async function loadOrMakeSigningSecret(dataDir: string): Promise<string> {
  const found = await readSigningSecret(dataDir);
  if (found !== undefined) return found;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeOnce(signingSecretPath(dataDir), `whsec_${randomBytes(SECRET_BYTES).toString("base64")}\n`);
  } catch (cause) {
    throw problem(`has no place for a signing secret (${codeOf(cause)}): make the folder writable`);
  }
  // Read back, because another process may have been first.
  const made = await readSigningSecret(dataDir);
  if (made === undefined) throw problem("lost the signing secret just written to the folder: try again");
  return made;
}

/** The development secret of `dataDir`, or undefined if none was made yet. Rejects with a `SettingError`. */
export async function readSigningSecret(dataDir: string): Promise<string | undefined> {
  const file = signingSecretPath(dataDir);
  for (let waitedMs = 0; ; waitedMs += WRITE_POLL_MS) {
    const text = await readText(file);
    if (text === undefined || isSigningSecret(text)) return text;
    if (text !== "" || waitedMs >= WRITE_WAIT_MS) {
      throw problem(
        `holds no signing secret of the form whsec_<base64> in its file ${FILE}: delete that file to make a new one`,
      );
    }
    await Bun.sleep(WRITE_POLL_MS);
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return undefined;
    throw problem(`holds a signing secret that cannot be read (${codeOf(cause)}): make its file ${FILE} readable`);
  }
}

/** Makes the file whole or not at all; does nothing if it is there already. */
async function writeOnce(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(6).toString("hex")}`;
  await writeNew(draft, text);
  try {
    await link(draft, file);
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return;
    // Some file systems have no links. Then a reader may see the file empty for a moment, and waits.
    await writeNew(file, text).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function problem(text: string): SettingError {
  return new SettingError({ variable: "DOCKET_DATA_DIR", problem: text });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
