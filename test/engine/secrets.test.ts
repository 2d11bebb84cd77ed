/** No secret stands readable in the database, in logs, in reports or in errors. */
import { expect, test } from "vitest";
import { runs } from "../../src/operations/runs.ts";
import { connectZoho, item, itemId, openStage, order, type Stage } from "../stage.ts";

/** Every row of every table as text, binary columns both as hexadecimal and as the characters that they may hold. */
async function everyRow(stage: Stage): Promise<string> {
  const { pool } = stage.mizan.desk.store;
  const { rows: tables } = await pool.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
  );
  expect(tables.length).toBeGreaterThan(10);
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query<{ text: string }>(`select one::text as text from ${name} as one`);
    texts.push(...rows.map(({ text }) => text));
  }
  const text = texts.join("\n");
  const binary = [...text.matchAll(/\\\\?x([0-9a-f]{16,})/g)].map(([, hex = ""]) =>
    Buffer.from(hex, "hex").toString("latin1"),
  );
  return [text, ...binary].join("\n");
}

function secretsOf(stage: Stage): readonly string[] {
  const { credentials, inside } = stage.shop.addresses;
  const { clientSecret, refreshToken } = credentials["zoho-books"];
  const { clientSecret: optiplySecret, password } = credentials.optiply;
  const tokens = [...inside.zohoBooks.books().tokens.access.keys(), ...inside.optiply.webshop().tokens.access.keys()];
  expect(tokens.length).toBeGreaterThanOrEqual(2);
  return [clientSecret, refreshToken, optiplySecret, password, ...tokens];
}

test("secrets are nowhere in the database rows, in logs, in run reports or in errors, whatever goes wrong", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.shop.add(
    "zoho-books/salesorders",
    [1, 2, 3, 4].map((quantity) => order([{ item_id: itemId(mug), quantity }])),
  );
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut-after", count: 1 });
  await stage.shop.fault({ vendor: "zoho-books", path: "/salesorders/{id}", kind: "status", status: 502, count: 2 });
  await stage.shop.fault({ vendor: "optiply", method: "GET", kind: "malformed-json", count: 2 });
  const reports = [await stage.sync({ settle: true })];
  const errors: unknown[] = [];
  const secrets = new Set(secretsOf(stage));
  errors.push(await connectZoho(stage, {}, { clientSecret: "not-the-secret-7341" }).catch((error: unknown) => error));
  await stage.shop.expireTokens("zoho-books");
  await stage.shop.switches({ "zoho-books": { scopes: "ZohoBooks.settings.READ" } });
  reports.push(await stage.sync());
  for (const secret of secretsOf(stage)) secrets.add(secret);
  secrets.add("not-the-secret-7341");
  await stage.shop.fault({ vendor: "zoho-books", path: "/oauth/v2/token", kind: "malformed-json" });
  await stage.shop.expireTokens("zoho-books");
  errors.push(await connectZoho(stage).catch((error: unknown) => error));

  const said = {
    rows: await everyRow(stage),
    logs: stage.logged.join("\n"),
    reports: JSON.stringify(reports, withErrors) + JSON.stringify(await runs(stage.mizan.desk, {})),
    errors: JSON.stringify(errors, withErrors),
  };
  expect(stage.logged.length).toBeGreaterThan(3);
  expect(errors.filter((error) => error instanceof Error)).toHaveLength(2);
  // What is searched holds what it should: an order and a record of a failure.
  expect(said.rows).toContain(itemId(mug));
  for (const [where, text] of Object.entries(said))
    for (const secret of secrets) {
      expect(text.includes(secret), `a secret of ${secret.length} characters in ${where}`).toBe(false);
      expect(text.includes(Buffer.from(secret).toString("base64")), `an encoded secret in ${where}`).toBe(false);
    }
});

test("the search finds a secret that is there", async () => {
  const stage = await openStage();
  await stage.mizan.desk.store.pool.query(
    "update connection set facts = jsonb_build_object('planted', 'planted-secret-1')",
  );
  expect(await everyRow(stage)).toContain("planted-secret-1");
});

function withErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value;
}
