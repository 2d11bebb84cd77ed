import { expect, test } from "vitest";
import { InvalidInput } from "../../core/errors.ts";
import { readInput } from "../../core/invalid-fields.ts";
import { zohoBooks } from "./connector.ts";
import { regionNames } from "./regions.ts";
import { apiHost, budgetLimits, zohoBooksSecrets, zohoBooksSettings } from "./settings.ts";

const organizationId = "60814150001";

test("every region has its own two hosts, and Canada's differ", () => {
  const hosts = regionNames.map((region) =>
    zohoBooks.allowedHosts(zohoBooksSettings.parse({ region, organizationId })),
  );
  expect(new Set(hosts.flat()).size).toBe(regionNames.length * 2);
  expect(zohoBooks.allowedHosts(zohoBooksSettings.parse({ region: "ca", organizationId }))).toEqual([
    "www.zohoapis.ca",
    "accounts.zohocloud.ca",
  ]);
});

test.each([
  [{ region: "fr" }, "region"],
  [{ organizationId: "12a" }, "organizationId"],
  [{ apiUrl: "http://zoho.example" }, "apiUrl"],
  [{ apiUrl: "file:///etc/passwd" }, "apiUrl"],
  [{ perMinute: 101 }, "perMinute"],
  [{ perMinuteCalls: 5 }, ""],
])("%j is refused by name", (wrong, field) => {
  const parsed = zohoBooksSettings.safeParse({ organizationId, ...wrong });
  expect(parsed.error?.issues[0]?.path.join(".")).toBe(field);
});

test.each([
  ["zoho", "an https address (http only on 127.0.0.1, localhost or [::1])"],
  ["http://zoho.example", "an https address (http only on 127.0.0.1, localhost or [::1])"],
  ["https://me:hush@zoho.example", "an address without a name and a password in it"],
])("the address %s is refused with what is allowed", (address, allowed) => {
  const shown = address.replace("me:hush", "…");
  for (const name of ["apiUrl", "accountsUrl"])
    expect(() => readInput(zohoBooksSettings, { organizationId, [name]: address })).toThrow(
      new InvalidInput(name, `${name} is ${JSON.stringify(shown)}; allowed: ${allowed}`),
    );
});

test("what is missing says what it is and where it comes from", () => {
  expect(() => readInput(zohoBooksSettings, {})).toThrow(
    "organizationId is missing; allowed: digits only, as in Zoho Books under Manage organizations",
  );
  const given = { clientId: "1000.CLIENT", clientSecret: "hush-hush" };
  expect(() => readInput(zohoBooksSecrets, given, { secret: true })).toThrow(
    /^refreshToken is missing; allowed: the lasting token .* or in its place code, the one-time code/,
  );
});

test("a stand-in on this machine may be named, and may be asked faster in a shorter minute", () => {
  const settings = zohoBooksSettings.parse({
    organizationId,
    apiUrl: "http://127.0.0.1:8123/",
    perMinute: 5_000,
    minuteMs: 1_000,
  });
  expect(apiHost(settings)).toBe("http://127.0.0.1:8123");
});

test("the reserve is at most a tenth of a known day", () => {
  const limits = (more: object) => budgetLimits(zohoBooksSettings.parse({ organizationId, ...more }));
  expect(limits({}).dayReserve).toBe(200);
  expect(limits({ perDay: 1000 }).dayReserve).toBe(100);
});
