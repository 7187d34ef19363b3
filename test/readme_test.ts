import { expect, test } from "bun:test";
import { Effect } from "effect";
import { loadConfig } from "../src/shell/config/load_config.ts";
import { configFile } from "./support/config_file.ts";

/** What the README shows must be so: its code runs, and what it names is there. */

const readme = await Bun.file("README.md").text();
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, code]) => ({
  language,
  code: code ?? "",
}));

test("the README's docket.config.ts loads, with the policies that it shows", async () => {
  const config = blocks.find(({ code }) => code.includes("defineConfig({"));
  using file = configFile(config?.code ?? "");
  const { policies } = await Effect.runPromise(loadConfig({}, file));
  expect(policies.map(({ name }) => name)).toEqual(["welcome", "revoke-access", "seat-count"]);
});

test("the files and folders that the README names are there", async () => {
  const names = [...readme.matchAll(/`((?:src|test|migrations)\/[\w/.]+)`/g)].map(([, name]) => name ?? "");
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const isThere =
      (await Bun.file(name).exists()) ||
      (await Array.fromAsync(new Bun.Glob(`${name.replace(/\/$/, "")}/**`).scan("."))).length > 0;
    expect({ name, isThere }).toEqual({ name, isThere: true });
  }
});

test("the settings that the README names are those that are read, and the other way round", async () => {
  const sources = await Array.fromAsync(new Bun.Glob("src/shell/**/*.ts").scan("."));
  const code = (await Promise.all(sources.map((path) => Bun.file(path).text()))).join("\n");
  const table = readme.split("## Configure")[1]?.split("## ")[0] ?? "";
  const named = [...table.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*)/gm)].flatMap(([, cell]) =>
    [...(cell ?? "").matchAll(/[A-Z_]+/g)].map(String),
  );
  const read = new Set(
    [...code.matchAll(/"((?:DOCKET|CLERK|DATABASE|LOG|OTEL)_[A-Z_]+|PORT|HOST)"/g)].map(([, name]) => name ?? ""),
  );
  for (const name of named) expect({ name, isRead: read.has(name) }).toEqual({ name, isRead: true });
  // Hints and what is read by doctor alone: no settings of the service.
  const others = ["CLERK_WEBHOOK_SECRET", "CLERK_SECRET_KEY"];
  expect([...read].filter((name) => !named.includes(name) && !others.includes(name))).toEqual([]);
});
