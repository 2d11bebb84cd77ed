import { expect, test } from "vitest";
import { askSecrets } from "../../src/cli/connect.ts";
import { qoyod } from "../../src/connectors/qoyod/index.ts";
import { salla } from "../../src/connectors/salla/index.ts";
import { zohoBooks } from "../../src/connectors/zoho-books/index.ts";
import type { Connector } from "../../src/core/connector.ts";

/** Answers by the first word of what is asked; everything else is left empty. */
async function asked(
  connector: unknown,
  replies: Readonly<Record<string, string>>,
  known: Record<string, unknown> = {},
) {
  const questions: string[] = [];
  const askSecret = async (question: string) => {
    questions.push(question.trim());
    return Object.entries(replies).find(([words]) => question.includes(words))?.[1] ?? "";
  };
  const answers = await askSecrets({ askSecret }, connector as Connector, known);
  return { answers, questions: questions.length };
}

test("Salla is asked for its refresh token, else its one-time code, else only for the webhook secret", async () => {
  const app = { "Client id": "id", "Client secret": "secret" };
  const client = { clientId: "id", clientSecret: "secret" };
  expect(await asked(salla, { ...app, "Refresh token": "lasting" })).toEqual({
    answers: { ...client, refreshToken: "lasting" },
    questions: 4,
  });
  expect(await asked(salla, { ...app, "Code of": "once", Address: "https://shop.example/back" })).toEqual({
    answers: { ...client, code: "once", redirectUri: "https://shop.example/back" },
    questions: 6,
  });
  expect(await asked(salla, { ...app, Webhook: "hook" })).toEqual({
    answers: { ...client, webhookSecret: "hook" },
    questions: 5,
  });
  expect((await asked(salla, {}, { ...client, refreshToken: "lasting" })).questions).toBe(0);
});

test("the others are asked as before: a key, or a refresh token with its code in its place", async () => {
  expect(await asked(qoyod, { "API key": "12345678" })).toEqual({ answers: { apiKey: "12345678" }, questions: 1 });
  const { answers } = await asked(zohoBooks, { "lient id": "1000.A", "lient secret": "s", "Code of": "once" });
  expect(answers).toMatchObject({ code: "once", redirectUri: "" });
});
