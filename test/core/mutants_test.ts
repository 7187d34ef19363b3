import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The core, broken by hand. Each line is a mistake that somebody could make; the other tests of this folder must
 * notice every one of them, or they prove less than they seem to.
 */
const MUTANTS: readonly (readonly [mistake: string, file: string, find: string, replace: string])[] = [
  ["the clock runs backwards", "version.ts", "left.asOfMs - right.asOfMs", "right.asOfMs - left.asOfMs"],
  [
    "a creation as of one millisecond beats the update",
    "version.ts",
    "left.rank - right.rank",
    "right.rank - left.rank",
  ],
  [
    "ties go to the smaller id",
    "version.ts",
    "left.svixId < right.svixId ? -1 : 1",
    "left.svixId < right.svixId ? 1 : -1",
  ],
  ["the envelope's time does not count", "version.ts", "left.timestampMs - right.timestampMs", "0"],
  ["whoever arrives last wins", "reduce_changed.ts", "compareVersions(version, newest) > 0", "version !== newest"],
  [
    "a late version undeletes",
    "entity_effect.ts",
    '? { ...entity, newest: version } : { _tag: "Live"',
    '? { _tag: "Live", newest: version } : { _tag: "Live"',
  ],
  [
    "a deletion counts only if it is the newest",
    "reduce_deleted.ts",
    "if (isNews) effects",
    "if (isNews && (newestOf(entity)?.asOfMs ?? 0) <= version.asOfMs) effects",
  ],
  ["the latest deletion gives the time", "tombstone.ts", "Math.min(", "Math.max("],
  ["children outlive their parents", "reduce_deleted.ts", "effects.push(...buryChildren(onFile, whole));", ""],
  [
    "a late child is born alive",
    "family.ts",
    "parents.map((parent) => tombstoneOf(parent.entity))",
    "parents.map(() => null)",
  ],
  ["only the newest version's parents count", "index.ts", "[...refs, ref]", "[ref]"],
  [
    "a message counts as often as it comes",
    "reduce.ts",
    "if (filed !== null)",
    "if (filed !== null && filed.outcome === undefined)",
  ],
  [
    "late versions of the erased are kept whole",
    "reduce_changed.ts",
    "isErased ? eraseBody(message.body) : message.body",
    "message.body",
  ],
  ["erasure forgets the log", "world.ts", "log: withErasure(world.log, effect.ref)", "log: world.log"],
  [
    "sign-ins go by arrival",
    "world.ts",
    "Math.max(world.signInsMs.get(effect.userId) ?? effect.atMs, effect.atMs)",
    "effect.atMs",
  ],
  [
    "a deletion's body beats a live version",
    "reduce_deleted.ts",
    "asOfMs: BEFORE_LIFE_MS",
    "asOfMs: version0(message)",
  ],
  ["a quarantined message is never tried again", "reduce.ts", 'filed.outcome === "quarantined" ||', ""],
  ["the first instance is not remembered", "index.ts", "{ ...guard, pinned: instanceId }", "guard"],
  ["Clerk's example may be the first instance", "reduce.ts", "guard.examples.includes(instanceId)", "false"],
];

/** The same for edges and jobs. */
const EDGE_MUTANTS: typeof MUTANTS = [
  ["an observation counts beside what happened", "chain.ts", "happened.length > 0 ? happened : group", "group"],
  ["the last told of one happening speaks for it", "chain.ts", "byType.get(type)", "undefined as Link | undefined"],
  ["the latest receipt counts", "chain.ts", "Math.min(receivedAtMs", "Math.max(receivedAtMs"],
  [
    "a late event has nothing before it",
    "chain.ts",
    "links.findLast((link) => link.version.asOfMs < asOfMs) ?? NOTHING",
    "NOTHING",
  ],
  [
    "a late event has nothing after it",
    "chain.ts",
    "links.find((link) => link.version.asOfMs > asOfMs) ?? grave",
    "grave",
  ],
  ["a birth is known by its message", "edge.ts", 'before._tag === "Nothing" ? "+"', 'before._tag === "Grave" ? "+"'],
  ["what is no longer wanted stays", "rewire.ts", "wanted && gone.includes(job.intent)", "wanted && gone.length < 0"],
  ["a job of once is never asked again", "rewire.ts", "if (isGrowth && recorded.some", "if (recorded.some"],
  [
    "what is wanted otherwise stays as it was",
    "rewire.ts",
    "!entry.wanted || !sameJob(entry.job, job)",
    "!entry.wanted",
  ],
  ["a newer head makes nothing pointless", "rewire.ts", "untilHolds(job.until, head) !== moot", "moot === null"],
  ["an old user is born today", "plan.ts", 'before._tag === "Nothing" && bornAtMs !== null', "bornAtMs === 0"],
  [
    "an observed death plans nothing",
    "plan.ts",
    'if (after._tag === "Grave") return false',
    'if (after._tag === "Grave") return after.source === "api"',
  ],
  [
    "snapshots welcome everybody",
    "plan.ts",
    'if (after.source === "api" && options.observed !== true) return true;',
    "",
  ],
  [
    "jobs of the deletion are cancelled by it",
    "plan.ts",
    'after._tag === "Grave" ? "never" : (options.until',
    'after._tag === "Grave" ? "deleted" : (options.until',
  ],
  ["settling counts from the change", "plan.ts", "after.receivedAtMs + settleMs", "asOfMs + settleMs"],
  ["the deletion's own body is not heard", "plan.ts", "node.body?.value ?? last", "last"],
  ["the log is erased under the jobs of the deletion", "wire.ts", "|| hasDeathJobs(jobs, effects)", ""],
  ["sealing leaves the living's jobs", "wire.ts", "return [...withdrawals, {", "return [{"],
  [
    "a late last word is not heard once sealed",
    "wire.ts",
    'told?.change === "live" &&',
    'told?.change === "deleted" &&',
  ],
  ["nobody tells the children's policies", "bury.ts", "...wire(child, {", "...((..._: unknown[]) => [])(child, {"],
];

const TESTS = [
  "convergence_test.ts",
  "exhaustive_test.ts",
  "reduce_test.ts",
  "policy_test.ts",
  "erasure_test.ts",
  "edges_test.ts",
];
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "docket-mutants-"));
  await symlink(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the tests of the core", () => {
  test("pass on the core as it is", async () => {
    const { code, output } = await runTests("unchanged", (text) => text);
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  }, 60_000);

  test.each([...MUTANTS, ...EDGE_MUTANTS])(
    "notice that %s",
    async (mistake, file, find, replace) => {
      const { code } = await runTests(mistake, (text, name) => {
        if (name !== file) return text;
        expect({ file, has: text.includes(find) }).toEqual({ file, has: true });
        const mutant = text.replace(find, replace);
        return mutant.replace("version0(message)", "message.version.asOfMs");
      });
      expect({ mistake, code }).toEqual({ mistake, code: 1 });
    },
    60_000,
  );
});

/** Runs the tests of this folder on a copy of the core, each file of it changed by `mutate`. */
async function runTests(
  name: string,
  mutate: (text: string, file: string) => string,
): Promise<{ readonly code: number; readonly output: string }> {
  const root = join(folder, name.replaceAll(/\W/g, "_"));
  await Promise.all(
    ["src", "test/core", "test/support", "test/payloads", "bunfig.toml", "package.json", "tsconfig.json"].map((part) =>
      cp(part, join(root, part), { recursive: true }),
    ),
  );
  for (const file of new Bun.Glob("*.ts").scanSync("src/core")) {
    await Bun.write(join(root, "src/core", file), mutate(await Bun.file(join("src/core", file)).text(), file));
  }
  // Most mistakes show within a few runs.
  const few = await runOnce(root, 120);
  return few.code === 0 ? runOnce(root, 1_200) : few;
}

async function runOnce(root: string, runs: number): Promise<{ readonly code: number; readonly output: string }> {
  const run = Bun.spawn([process.execPath, "test", "--bail", ...TESTS.map((it) => `./test/core/${it}`)], {
    cwd: root,
    env: { ...process.env, FC_RUNS: String(runs) },
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = await new Response(run.stderr).text();
  return { code: await run.exited, output };
}
