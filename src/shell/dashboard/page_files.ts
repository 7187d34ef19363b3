import { join } from "node:path";
import { digest } from "../api/digest.ts";

/** A file of the page, as it is sent. */
export interface PageFile {
  readonly name: string;
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** The page: the document, and what it loads, by names that change with what is in them. */
export interface PageFiles {
  readonly document: PageFile;
  readonly assets: ReadonlyMap<string, PageFile>;
}

const ENTRY = join(import.meta.dir, "page/main.tsx");
/** Where the document finds what it loads. */
export const ASSETS_PATH = "/assets/";

export interface PageOptions {
  /** Whether people sign in, and so can sign out. */
  readonly hasLogin: boolean;
}

/** Builds the page out of its modules, in this process and in memory. Rejects if they can't be built. */
export async function buildPageFiles({ hasLogin }: PageOptions): Promise<PageFiles> {
  const { outputs } = await Bun.build({
    entrypoints: [ENTRY],
    target: "browser",
    minify: true,
    naming: "[name]-[hash].[ext]",
    define: { "process.env.NODE_ENV": '"production"' },
    jsx: { runtime: "automatic", importSource: "preact", development: false },
  });
  const files = await Promise.all(
    outputs.map(async (output) =>
      makeFile(output.path.replace(/^.*\//, ""), {
        type: output.type,
        bytes: new Uint8Array(await output.arrayBuffer()),
      }),
    ),
  );
  const names = files.map(({ name }) => name);
  return {
    document: makeFile("", { type: "text/html;charset=utf-8", bytes: Buffer.from(documentOf(names, hasLogin)) }),
    assets: new Map(files.map((file) => [file.name, file])),
  };
}

/** Builds at the first call and keeps it. A build that failed is tried again at the next. */
export function keepPageFiles(build: () => Promise<PageFiles>): () => Promise<PageFiles> {
  let kept: Promise<PageFiles> | undefined;
  return () => {
    kept ??= build().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

function makeFile(name: string, { type, bytes }: { readonly type: string; readonly bytes: Uint8Array }): PageFile {
  const plain = new Uint8Array(bytes);
  const etag = `"${digest(Buffer.from(plain).toString("latin1")).toString("base64url").slice(0, 22)}"`;
  return { name, type, plain, gzipped: new Uint8Array(Bun.gzipSync(plain)), etag };
}

function documentOf(names: readonly string[], hasLogin: boolean): string {
  const of = (ending: string): readonly string[] => names.filter((name) => name.endsWith(ending));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Docket</title>
<link rel="icon" href="data:,">
${of(".css").map((name) => `<link rel="stylesheet" href="${ASSETS_PATH}${name}">`)}
${of(".js").map((name) => `<script type="module" src="${ASSETS_PATH}${name}"></script>`)}
</head>
<body><div id="app"${hasLogin ? " data-login" : ""}></div><noscript>The dashboard needs JavaScript. Without it: docket events, docket jobs, docket doctor.</noscript></body>
</html>
`;
}
