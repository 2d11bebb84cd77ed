import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

test("what is not set has its default, and a port is a number", () => {
  expect(readConfig({ HOME: "/home/x" })).toEqual({
    MIZAN_PORT: 8470,
    MIZAN_HOST: "127.0.0.1",
    MIZAN_LOG_LEVEL: "info",
    MIZAN_FRAMED_BY: ["https://s.salla.sa"],
  });
  expect(readConfig({ MIZAN_PORT: "0", MIZAN_HOST: "::1" })).toMatchObject({ MIZAN_PORT: 0, MIZAN_HOST: "::1" });
});

test("the public address stands without a slash at its end", () => {
  expect(readConfig({ MIZAN_PUBLIC_URL: "https://mizan.example.com/" }).MIZAN_PUBLIC_URL).toBe(
    "https://mizan.example.com",
  );
  expect(readConfig({ MIZAN_PUBLIC_URL: "https://example.com/sync//" }).MIZAN_PUBLIC_URL).toBe(
    "https://example.com/sync",
  );
});

test("the dashboards that may show a page are parted by commas or blanks", () => {
  const given = "https://s.salla.sa, https://*.salla.sa http://127.0.0.1:4700";
  expect(readConfig({ MIZAN_FRAMED_BY: given }).MIZAN_FRAMED_BY).toEqual(given.split(/,? /));
});

test.each([
  ...["*", "https://*", "http://s.salla.sa", "https://s.salla.sa;script-src", "s.salla.sa", "'self'", " "].map(
    (value) => ["MIZAN_FRAMED_BY", value, "allowed: addresses such as https://s.salla.sa"],
  ),
  ...["mizan.example.com", "https://", "https://me:hush@x", "https://x/?a=1", "https://x y"].map((value) => [
    "MIZAN_PUBLIC_URL",
    value,
    "; allowed: an address such as https://mizan.example.com",
  ]),
  ["MIZAN_PORT", "ninety", 'MIZAN_PORT is "ninety"; allowed: a whole number from 0 to 65535'],
  ["MIZAN_PORT", "65536", 'MIZAN_PORT is "65536"; allowed: a whole number from 0 to 65535'],
  ["MIZAN_PORT", "", 'MIZAN_PORT is ""; allowed: a whole number from 0 to 65535'],
  ["MIZAN_LOG_LEVEL", "loud", 'MIZAN_LOG_LEVEL is "loud"; allowed: one of debug, info, warn, error'],
  [
    "MIZAN_HOST",
    "http://localhost",
    'MIZAN_HOST is "http://localhost"; allowed: an address or a name of this machine, such as 127.0.0.1, 0.0.0.0 or ::1',
  ],
  ["MIZAN_SECRET_KEY", "hush", "MIZAN_SECRET_KEY is not valid; allowed: 32 bytes in base64"],
  [
    "MIZAN_DATABASE_URL",
    "mysql://me:hush@x",
    "MIZAN_DATABASE_URL is not valid; allowed: an address that starts with postgres://",
  ],
])("%s=%s is refused", (name = "", value = "", message = "") => {
  expect(() => readConfig({ [name]: value })).toThrow(message);
});
