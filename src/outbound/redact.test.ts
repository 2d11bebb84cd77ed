import { expect, test } from "vitest";
import { createRedactor } from "./redact.ts";

const secrets = {
  zoho: { refreshToken: "1000.aa/bb+cc", clientSecret: 'quo"te & more' },
  list: ["third-one"],
  id: 7,
  word: "abc",
};

test("known secrets go, however they are written", () => {
  const { text } = createRedactor(secrets);
  const forms = ["1000.aa/bb+cc", 'quo"te & more', "third-one"].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ x: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ]);
  for (const form of forms) expect(text(`before ${form} after`)).toBe("before [redacted] after");
});

test("a secret learnt later goes too, and short words stay", () => {
  const redactor = createRedactor(secrets);
  expect(redactor.text("abc later-token")).toBe("abc later-token");
  redactor.add("later-token");
  expect(redactor.text("abc later-token")).toBe("abc [redacted]");
});

test.each([
  ["authorization: Zoho-oauthtoken 1000.xyz", "authorization: [redacted]"],
  ['{"Authorization":"Basic Y2xpZW50"}', '{"Authorization":"[redacted]"}'],
  ["sent Bearer eyJhbGciOi.J9", "sent Bearer [redacted]"],
  ["/token?refresh_token=1000.x&grant_type=refresh_token", "/token?refresh_token=[redacted]&grant_type=refresh_token"],
  ["client_secret=x&password=y z", "client_secret=[redacted]&password=[redacted] z"],
  ["?code=1000.abc&location=in", "?code=[redacted]&location=in"],
  ["?api_key=123&key=4", "?api_key=[redacted]&key=[redacted]"],
  ['{"access_token":"a\\"b","expires_in":3600}', '{"access_token":"[redacted]","expires_in":3600}'],
  ['{"code":57,"message":"You are not authorized"}', '{"code":57,"message":"You are not authorized"}'],
])("%s", (text, redacted) => {
  expect(createRedactor({}).text(text)).toBe(redacted);
});

test("fields of a log line are redacted by name, by content and inside of errors", () => {
  const { fields } = createRedactor(secrets);
  const error = new Error("refused third-one");
  const redacted = fields({
    accessToken: "anything",
    path: "/x?key=1",
    count: 3,
    error,
    inner: { deep: ["third-one"] },
  });
  expect(redacted).toMatchObject({ accessToken: "[redacted]", path: "/x?key=[redacted]", count: 3 });
  expect(redacted.error).toContain("Error: refused [redacted]");
  expect(JSON.stringify(redacted)).not.toContain("third-one");
});
