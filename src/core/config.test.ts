import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

test("what is not set has its default, and a port is a number", () => {
  expect(readConfig({ HOME: "/home/x" })).toEqual({
    MIZAN_PORT: 8470,
    MIZAN_HOST: "127.0.0.1",
    MIZAN_LOG_LEVEL: "info",
  });
  expect(readConfig({ MIZAN_PORT: "0", MIZAN_HOST: "::1" })).toMatchObject({ MIZAN_PORT: 0, MIZAN_HOST: "::1" });
});

test.each([
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
])("%s=%s is refused", (name, value, message) => {
  expect(() => readConfig({ [name]: value })).toThrow(message);
});
