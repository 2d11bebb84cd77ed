import { NeedsPerson } from "../core/errors.ts";

const loopbackHosts = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Reads an address that requests are about to go to, and refuses any that the connection is not configured for: a
 * token that reaches a wrong host is lost (Zoho Books, hosts per data centre).
 * @param allowedHosts host names, with a port where it is not the usual one
 * @throws {NeedsPerson} host-changed: another host, or not https outside of this machine
 */
export function allowedAddress(address: string, allowedHosts: readonly string[], vendor: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  const problem = url === null ? "is not an address" : problemOf(url, allowedHosts);
  if (url !== null && problem === null) return url;

  const host = url?.host ?? address;
  throw new NeedsPerson(
    { code: "host-changed", parameters: { vendor, host } },
    `The address of ${vendor}, ${url === null ? address : url.origin + url.pathname}, ${problem}.`,
  );
}

function problemOf(url: URL, allowedHosts: readonly string[]): string | null {
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopbackHosts.has(url.hostname))) {
    return "must begin with https:// (http:// only on this machine)";
  }
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password";
  if (!allowedHosts.includes(url.host) && !allowedHosts.includes(url.hostname)) {
    return `is not on an allowed host; allowed: ${allowedHosts.join(", ")}`;
  }
  return null;
}
