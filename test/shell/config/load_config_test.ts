import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { defineConfig, job, policy } from "docket";
import { Effect } from "effect";
import type { SettingError } from "../../../src/shell/app_config.ts";
import { loadConfig } from "../../../src/shell/config/load_config.ts";
import { configFile } from "../../support/config_file.ts";

const GOOD = `
import { defineConfig, job, policy } from "docket";

export default defineConfig({
  policies: [
    policy("welcome", { kind: "user", once: true, settle: "5 seconds" }, ({ after }) =>
      after._tag === "Live" && after.event === "user.created" && after.value.primaryEmailAddress !== null
        ? [job("email", { to: after.value.primaryEmailAddress, template: "welcome" })]
        : []),
  ],
  handlers: { "crm.sync": async (_payload, { key, signal }) => void [key, signal] },
});
`;

/** The error's message, or null. */
async function failureOf(text: string): Promise<string | null> {
  using file = configFile(text);
  return await Effect.runPromise(
    Effect.match(loadConfig({ DOCKET_CONFIG: file.path }), {
      onFailure: ({ message }: SettingError): string | null => message,
      onSuccess: () => null,
    }),
  );
}

describe("loadConfig()", () => {
  test("loads the module that DOCKET_CONFIG names, wherever it lies", async () => {
    using file = configFile(GOOD);
    const { policies, handlers } = await Effect.runPromise(loadConfig({ DOCKET_CONFIG: file.path }));
    expect(policies).toMatchObject([{ name: "welcome", options: { kind: "user", once: true } }]);
    expect(Object.keys(handlers)).toEqual(["crm.sync"]);
  });

  test("loads docket.config.ts of the working directory if there is one, and has no policies without", async () => {
    using file = configFile(GOOD);
    const folders = [file.folder, join(file.folder, "..")];
    const loaded = await Promise.all(folders.map((folder) => Effect.runPromise(loadConfig({}, { folder }))));
    expect(loaded.map(({ policies }) => policies.length)).toEqual([1, 0]);
  });

  test("gives what this repository gives under its own name", () => {
    expect(defineConfig({ policies: [policy("p", { kind: "user" }, () => [job("log", null)])] }).policies).toHaveLength(
      1,
    );
  });

  const policied = (options: string, name = "p"): string =>
    `export default { policies: [{ name: "${name}", options: ${options}, decide: () => [] }] };`;

  const handled = (options: string): string =>
    `import { handler } from "docket"; export default { handlers: { mine: handler({ ${options} }, () => {}) } };`;

  test.each([
    ["export const config = {};", "has no default export"],
    ["export default 5;", "has no default export"],
    ["export default { polices: [] };", 'has an unknown part "polices"'],
    ["export default { policies: {} };", "policies: must be a list"],
    ["export default { policies: [5] };", "policies: number 1 is no policy"],
    ["export default { policies: [{ name: 'p', options: { kind: 'user' } }] };", 'number 1 ("p") is no policy'],
    [policied("{ kind: 'user' }", "Wel come"), 'number 1 ("Wel come") must have a name of 1 to 64'],
    [policied("{ kind: 'user' }", "x".repeat(65)), "must have a name of 1 to 64"],
    [policied("{}"), "lacks its kind: must be one of user, organization"],
    [policied("{ kind: 'users' }"), "has a wrong kind: must be one of user, organization"],
    [policied("{ kind: 'user', setle: 5 }"), 'has an unknown option "setle"'],
    [policied("{ kind: 'user', settle: '5 parsecs' }"), "has a wrong settle: must be a span"],
    [policied("{ kind: 'user', holdback: -1 }"), "has a wrong holdback: must be a span"],
    [policied("{ kind: 'user', maxAge: 'ever' }"), 'has a wrong maxAge: must be a span such as "3 days", or "forever"'],
    [policied("{ kind: 'user', once: 'yes' }"), "has a wrong once: must be true or false"],
    [policied("{ kind: 'user', until: 'gone' }"), "has a wrong until"],
    [policied("{ kind: 'user', sinceMs: Infinity }"), "has a wrong sinceMs"],
    [
      "const it = { name: 'p', options: { kind: 'user' }, decide: () => [] }; export default { policies: [it, it] };",
      'policies: two are named "p"',
    ],
    ["export default { handlers: [] };", "handlers: must be an object"],
    ["export default { handlers: { mail: 'send' } };", 'handlers: "mail" is no handler: it must be a function'],
    ["export default { handlers: { 'e mail': () => {} } };", 'handlers: "e mail" must have a name of 1 to 100'],
    [handled("attempts: 0"), 'handlers: "mine" has a wrong attempts: must be a whole number from 1'],
    [handled("timeout: '5 parsecs'"), 'handlers: "mine" has a wrong timeout: must be a span'],
    [handled("rate: { jobs: 1 }"), 'handlers: "mine" has a wrong rate: must be such as'],
    [handled("order: 'user'"), 'handlers: "mine" has a wrong order: must be "none" or "entity"'],
    [policied("{ kind: 'user', stopAbove: 5 }"), "has a wrong stopAbove: must be such as"],
    ["export default { hooks: [] };", "hooks: must be an object of functions by name"],
    ["export default { hooks: { silense: () => {} } };", 'hooks: there is none named "silense": it may have silence'],
    ["export default { hooks: { silence: 'pager' } };", "hooks: silence must be a function"],
    ["throw new Error('no key');", "cannot be loaded: no key"],
    ["import './nothing.ts'; export default {};", "cannot be loaded: Cannot find module"],
    ["export default {", "cannot be loaded: "],
  ])("names what is wrong with %j, in one line", async (text, problem) => {
    const message = await failureOf(text);
    expect(message).toStartWith("DOCKET_CONFIG: ");
    expect(message).toContain(problem);
    expect(message).not.toContain("\n");
  });

  test("says that a file named does not exist", async () => {
    const program = Effect.flip(loadConfig({ DOCKET_CONFIG: "/nonexistent/docket.config.ts" }));
    expect((await Effect.runPromise(program)).message).toBe("DOCKET_CONFIG: names a file that does not exist");
  });
});
