import { z } from "zod";

const loopbackHosts: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];
const allowed = "an https address (http only on 127.0.0.1, localhost or [::1])";

/** An address that a token may be sent to: https, or http where it cannot leave the machine. */
export const hostUrl = z
  // Without `abort` the checks below would run on a text that is no address at all.
  .url({ error: allowed, abort: true })
  .refine(isSafe, { error: allowed, abort: true })
  // A name and password in an address would be stored and shown with the settings.
  .refine((address) => !hasCredentials(address), { error: "an address without a name and a password in it" });

function isSafe(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || (protocol === "http:" && loopbackHosts.includes(hostname));
}

function hasCredentials(address: string): boolean {
  const { username, password } = new URL(address);
  return username !== "" || password !== "";
}
