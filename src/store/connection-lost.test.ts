import { expect, test } from "vitest";
import { createTestDatabase } from "../../test/test-database.ts";
import { isConnectionLost } from "./connection-lost.ts";
import { openStore } from "./open-store.ts";

test.each([
  ["raise exception 'sorry, too many clients already' using errcode = '53300'", true],
  ["raise exception 'the database system is shutting down' using errcode = '57P01'", true],
  ["raise exception 'value too long' using errcode = '22001'", false],
  ["perform wrong", false],
])("%s: lost is %s", async (statement, lost) => {
  const database = await createTestDatabase();
  const store = await openStore({ databaseUrl: database.databaseUrl });
  const failed = store.pool.query(`do $$ begin ${statement}; end $$`);
  const error = await failed.catch((reason: unknown) => reason);
  await store.close();
  await database.drop();
  expect(error).toBeInstanceOf(Error);
  expect(isConnectionLost(error)).toBe(lost);
});
