import { type LookupAddress, lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { PermanentFailure } from "./failure.ts";

interface Rule {
  readonly name: string;
  readonly nets: BlockList;
}

type Net = readonly [address: string, bits: number];

function rule(name: string, family: "ipv4" | "ipv6", nets: readonly Net[]): Rule {
  const list = new BlockList();
  for (const [address, bits] of nets) list.addSubnet(address, bits, family);
  return { name, nets: list };
}

/** What is not of the public internet, by IANA's special-purpose registries. */
const RULES_IPV4: readonly Rule[] = [
  rule("this machine", "ipv4", [["127.0.0.0", 8]]),
  rule("no address at all", "ipv4", [["0.0.0.0", 8]]),
  rule("a private network", "ipv4", [
    ["10.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
  ]),
  rule("link-local, where clouds keep their metadata", "ipv4", [["169.254.0.0", 16]]),
  rule("a provider's own network", "ipv4", [["100.64.0.0", 10]]),
  rule("multicast", "ipv4", [["224.0.0.0", 4]]),
  rule("reserved", "ipv4", [
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.88.99.0", 24],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["240.0.0.0", 4],
  ]),
];
const RULES_IPV6: readonly Rule[] = [
  rule("this machine", "ipv6", [["::1", 128]]),
  rule("no address at all", "ipv6", [["::", 128]]),
  rule("a private network", "ipv6", [
    ["fc00::", 7],
    ["fec0::", 10],
  ]),
  rule("link-local", "ipv6", [["fe80::", 10]]),
  rule("multicast", "ipv6", [["ff00::", 8]]),
  rule("IPv4 inside of IPv6", "ipv6", [
    ["::", 96],
    ["::ffff:0:0", 96],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["2002::", 16],
  ]),
  rule("reserved", "ipv6", [
    ["2001::", 23],
    ["2001:db8::", 32],
    ["3fff::", 20],
  ]),
];
/** All of IPv6 that is given out. */
const GLOBAL_IPV6 = rule("global", "ipv6", [["2000::", 3]]);

/** What an address is that is not of the public internet; null if it is of it. */
export function ruleAgainst(address: string): string | null {
  switch (isIP(address)) {
    case 4:
      return RULES_IPV4.find(({ nets }) => nets.check(address, "ipv4"))?.name ?? null;
    case 6: {
      const found = RULES_IPV6.find(({ nets }) => nets.check(address, "ipv6"))?.name;
      return found ?? (GLOBAL_IPV6.nets.check(address, "ipv6") ? null : "reserved");
    }
    default:
      return "no address at all";
  }
}

/** An address to call, parsed. @throws {PermanentFailure} With what is wrong. Names are judged by `publicLookup`. */
export function checkUrl(address: string, { allowPrivate }: { readonly allowPrivate: boolean }): URL {
  const url = URL.parse(address);
  if (url === null) throw refused("is no URL");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused("must begin with https:// or http://");
  if (url.username !== "" || url.password !== "") throw refused("must hold no user or password");
  // The parser has turned every other notation of an IPv4 address into four decimals.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (!allowPrivate && isIP(host) !== 0) checkAddress(host);
  return url;
}

/**
 * Resolves a name for one connection, and refuses addresses that are not of the public internet. What was looked at is
 * what is connected to: a name that changes its mind meanwhile (DNS rebinding) gains nothing.
 */
export const publicLookup: LookupFunction = lookupBy(resolve);

type Resolve = (
  hostname: string,
  options: Parameters<LookupFunction>[1] & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** As `publicLookup`, by another resolver. */
export function lookupBy(resolveAll: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolveAll(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? new Error("no address"), "", 4);
      try {
        for (const { address } of addresses) checkAddress(address);
      } catch (refusal) {
        return callback(refusal as PermanentFailure, "", 4);
      }
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function checkAddress(address: string): void {
  const found = ruleAgainst(address);
  if (found !== null) throw refused(`leads to ${found}, not to the public internet: \`allowPrivate: true\` lets it`);
}

function refused(why: string): PermanentFailure {
  return new PermanentFailure({ message: `the webhook's address ${why}` });
}
