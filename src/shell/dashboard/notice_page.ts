import { createHash } from "node:crypto";

/** What somebody is told who may not see the dashboard, or not yet. It shows nothing else and runs no script. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  /** Asks for the token. */
  readonly form: boolean;
  /** Loads the page once more by itself: a browser that followed a link of another site keeps its cookie back at first. */
  readonly again?: boolean;
}

const STYLE = `:root{color-scheme:light dark;--line:#d5d9e0;--ink:#1b2330;--dim:#5a6575;--page:#f6f7f9;--card:#fff;--accent:#3454d1}
@media(prefers-color-scheme:dark){:root{--line:#333c4b;--ink:#e6e9ef;--dim:#9aa5b5;--page:#10141b;--card:#181e28;--accent:#8ea6ff}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{box-sizing:border-box;width:min(26rem,100vw - 2rem);padding:1.75rem;background:var(--card);border:1px solid var(--line);border-radius:10px}
h1{margin:0 0 .25rem;font-size:1.15rem}p{margin:0 0 1rem;color:var(--dim)}label{display:block;font-weight:600;margin-bottom:.35rem}
input{box-sizing:border-box;width:100%;padding:.55rem .7rem;font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);border-radius:6px}
button{margin-top:1rem;width:100%;padding:.6rem;font:inherit;font-weight:600;color:var(--card);background:var(--accent);border:0;border-radius:6px;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}code{font-family:ui-monospace,monospace}`;

/** What of the page's own the browser may use. */
export const NOTICE_STYLE_SOURCE = `'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

// No action: the browser posts to the address that it shows, so that the view that was asked for is there afterwards.
const FORM = `<form method="post"><label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button></form>`;

/** The notice as a document. Its words are ours, never a sender's. */
export function noticePage({ title, text, form, again = false }: Notice): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>Docket</title><link rel="icon" href="data:,">${again ? '<meta http-equiv="refresh" content="0">' : ""}
<style>${STYLE}</style></head><body><main><h1>${title}</h1><p>${text}</p>${form ? FORM : ""}</main></body></html>
`;
}
