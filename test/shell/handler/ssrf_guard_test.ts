import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import fc from "fast-check";
import { PermanentFailure } from "../../../src/shell/handler/failure.ts";
import { webhook } from "../../../src/shell/handler/outgoing_webhook.ts";
import { postBody } from "../../../src/shell/handler/post_body.ts";
import { checkUrl, lookupBy, ruleAgainst } from "../../../src/shell/handler/ssrf_guard.ts";
import { CONTEXT, failureOf } from "../../support/handle.ts";
import { type Receiver, startReceiver } from "../../support/receiver.ts";

const SECRET = `whsec_${Buffer.from("a secret of twenty-four.").toString("base64")}`;
const byte = fc.integer({ min: 0, max: 255 });
type Bytes = readonly [number, number, number, number];

/** Private nets by their leading bytes; the rest is anything. Not by the table that is under test. */
const privateBytes: fc.Arbitrary<Bytes> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        [10],
        [127],
        [0],
        [192, 168],
        [169, 254],
        [169, 254, 169, 254],
        [192, 0, 2],
        [255, 255, 255, 255],
      ),
      fc.integer({ min: 16, max: 31 }).map((second) => [172, second]),
      fc.integer({ min: 64, max: 127 }).map((second) => [100, second]),
      fc.integer({ min: 224, max: 255 }).map((first) => [first]),
    ),
    byte,
    byte,
    byte,
  )
  .map(([head, ...rest]) => [...head, ...rest].slice(0, 4) as unknown as Bytes);

const hex = (value: number): string => `0x${value.toString(16)}`;
const octal = (value: number): string => `0${value.toString(8)}`;
const whole = ([a, b, c, d]: Bytes): number => a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
const pair = (high: number, low: number): string => (high * 256 + low).toString(16);

/** One address in every notation that a URL may have for it. */
const NOTATIONS: readonly ((bytes: Bytes) => string)[] = [
  (bytes) => bytes.join("."),
  (bytes) => `${bytes.join(".")}.`,
  (bytes) => String(whole(bytes)),
  (bytes) => hex(whole(bytes)),
  (bytes) => octal(whole(bytes)),
  (bytes) => bytes.map(hex).join("."),
  (bytes) => bytes.map(octal).join("."),
  ([a, ...rest]) => `${a}.${hex(whole([0, ...rest]))}`,
  ([a, b, c, d]) => `${octal(a)}.${b}.${c * 256 + d}`,
  ([a, b, c, d]) => `%3${String(a)[0]}${String(a).slice(1)}.${b}.${c}.${d}`,
  ([a, b, c, d]) => [...`${a}.${b}.${c}.${d}`].map((it) => (it === "." ? "。" : it)).join(""),
  (bytes) => `[::ffff:${bytes.join(".")}]`,
  ([a, b, c, d]) => `[0:0:0:0:0:FFFF:${pair(a, b)}:${pair(c, d)}]`,
  (bytes) => `[::${bytes.join(".")}]`,
  ([a, b, c, d]) => `[64:ff9b::${pair(a, b)}:${pair(c, d)}]`,
  ([a, b, c, d]) => `[2002:${pair(a, b)}:${pair(c, d)}::1]`,
];

describe("checkUrl()", () => {
  test("never lets a private address through, in any notation", () => {
    fc.assert(
      fc.property(
        privateBytes,
        fc.constantFrom(...NOTATIONS),
        fc.constantFrom("http", "https"),
        (bytes, write, scheme) => {
          const url = `${scheme}://${write(bytes)}:8080/path`;
          expect(() => checkUrl(url, { allowPrivate: false })).toThrow(PermanentFailure);
          expect(checkUrl(url, { allowPrivate: true }).port).toBe("8080");
        },
      ),
    );
  });

  test("always lets the rest of IPv4 through", () => {
    const first = fc
      .integer({ min: 1, max: 223 })
      .filter((it) => ![10, 100, 127, 169, 172, 192, 198, 203].includes(it));
    fc.assert(
      fc.property(first, byte, byte, byte, (...bytes) => {
        expect(checkUrl(`http://${bytes.join(".")}/`, { allowPrivate: false }).hostname).toBe(bytes.join("."));
      }),
    );
  });

  test.each([
    ["file:///etc/passwd", "must begin with https:// or http://"],
    ["gopher://example.com/", "must begin with https:// or http://"],
    ["https://user@example.com/", "must hold no user or password"],
    ["https://:password@example.com/", "must hold no user or password"],
    ["example.com", "is no URL"],
    ["http://10.0.0.1/", "leads to a private network, not to the public internet: `allowPrivate: true` lets it"],
  ])("says of %s what is wrong, and not where it leads", (url, why) => {
    const message = `the webhook's address ${why}`;
    expect(() => checkUrl(url, { allowPrivate: false })).toThrow(new PermanentFailure({ message }));
  });
});

describe("ruleAgainst()", () => {
  test("never lets through what is no global unicast of IPv6", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group, group, group, group), (groups) => {
        const isGlobal = groups[0] >= 0x2000 && groups[0] <= 0x3fff;
        fc.pre(![0x2001, 0x2002, 0x3fff].includes(groups[0]));
        const address = groups.map((it) => it.toString(16)).join(":");
        expect(isIP(address)).toBe(6);
        expect(ruleAgainst(address) === null).toBe(isGlobal);
      }),
    );
  });

  test.each([
    ["::1", "this machine"],
    ["::", "no address at all"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local"],
    ["fc00::1", "a private network"],
    ["fd12::1", "a private network"],
    ["ff02::1", "multicast"],
    ["100::1", "reserved"],
    ["2001:db8::1", "reserved"],
    ["2001:0:1::1", "reserved"],
    ["169.254.169.254", "link-local, where clouds keep their metadata"],
    ["100.64.0.1", "a provider's own network"],
    ["localhost", "no address at all"],
    ["", "no address at all"],
    ["127.1", "no address at all"],
  ])("says of %s that it is %s", (address, name) => {
    expect(ruleAgainst(address)).toBe(name);
  });

  test.each(["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "192.167.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "has nothing against %s",
    (address) => {
      expect(ruleAgainst(address)).toBeNull();
    },
  );
});

describe("webhook()", () => {
  let receiver: Receiver;
  beforeEach(() => {
    receiver = startReceiver();
  });
  afterEach(() => receiver[Symbol.asyncDispose]());

  test.each(["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])(
    "does not knock at %s",
    async (host) => {
      const error = await failureOf(webhook({ secret: SECRET }), { url: `http://${host}:${receiver.port}/` });
      expect(error).toBeInstanceOf(PermanentFailure);
      expect(error.message).toMatch(/^the webhook's address leads to (this machine|no address|IPv4 inside)/);
      expect(receiver.requests).toEqual([]);
    },
  );
});

describe("lookupBy()", () => {
  const asking = { all: true, family: 0, hints: 0 } as const;
  const look = (names: readonly string[]): Promise<readonly LookupAddress[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly LookupAddress[]>();
    const addresses = names.map((address) => ({ address, family: isIP(address) }));
    const lookup = lookupBy((_, __, callback) => callback(null, addresses));
    lookup("name.example", asking, (error, found) =>
      error === null ? resolve(found as LookupAddress[]) : reject(error),
    );
    return promise;
  };

  test("gives what it looked at, and nothing if one of several addresses is private", async () => {
    expect(await look(["1.1.1.1", "2606:4700::1111"])).toEqual([
      { address: "1.1.1.1", family: 4 },
      { address: "2606:4700::1111", family: 6 },
    ]);
    await expect(look(["1.1.1.1", "10.0.0.1"])).rejects.toBeInstanceOf(PermanentFailure);
    await expect(look(["::ffff:127.0.0.1"])).rejects.toBeInstanceOf(PermanentFailure);
    await expect(look([])).rejects.toThrow("no address");
  });

  test("is what the connection is made by: a name that changes its mind is asked once, and each time anew", async () => {
    await using receiver = startReceiver();
    const answers = ["127.0.0.1", "127.0.0.1", "nowhere"];
    const asked: string[] = [];
    // Lets this machine through, which the guard would not, to see where the connection goes.
    const lookup: Parameters<typeof postBody>[1]["lookup"] = (hostname, _, callback) => {
      asked.push(hostname);
      const address = answers.shift() ?? "";
      if (address === "nowhere") return callback(new PermanentFailure({ message: "refused" }), "", 4);
      callback(null, [{ address, family: 4 }]);
    };
    const { signal } = CONTEXT;
    const post = (): ReturnType<typeof postBody> =>
      postBody(new URL(`http://rebound.example:${receiver.port}/`), { headers: {}, body: "{}", signal, lookup });
    expect((await post()).status).toBe(200);
    expect(asked).toEqual(["rebound.example"]);
    expect(receiver.requests[0]?.headers["host"]).toBe(`rebound.example:${receiver.port}`);
    expect((await post()).status).toBe(200);
    await expect(post()).rejects.toEqual(new PermanentFailure({ message: "refused" }));
    expect(asked.length).toBe(3);
  });
});
