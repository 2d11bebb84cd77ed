/** Two integrations of the same two accounts would write everything twice, so there is one. */
import { expect, test } from "vitest";
import { connect } from "../../src/operations/connect.ts";
import { addIntegration } from "../../src/operations/integrations.ts";
import { integrations } from "../../src/operations/show-integration.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openStage, type Stage } from "../stage.ts";

const otherOrganisation = "60814150002";

async function addSecond({ mizan, signal }: Stage, sides: { source: string; target: string }): Promise<unknown> {
  const input = { name: "again", kind: "zoho-books-optiply", ...sides, options: { ordersSince: "2010-01-01" } };
  return addIntegration(mizan.desk, input, signal);
}

/** Connects the same vendors once more, under the names `books-2` and `optiply-2`. */
async function connectAgain(stage: Stage, given: { books?: Fields; optiply?: Fields } = {}): Promise<void> {
  const { vendors, credentials } = stage.shop.addresses;
  const { organizationId, ...secrets } = credentials["zoho-books"];
  const { clientId, clientSecret, username, password, couplingId } = credentials.optiply;
  const { desk } = stage.mizan;
  const books = { organizationId, ...vendors["zoho-books"], ...given.books };
  await connect(desk, { name: "books-2", vendor: "zoho-books", settings: books, secrets }, stage.signal);
  const optiply = { couplingId, ...vendors.optiply, ...given.optiply };
  const signIn = { clientId, clientSecret, username, password };
  await connect(desk, { name: "optiply-2", vendor: "optiply", settings: optiply, secrets: signIn }, stage.signal);
}

async function names(stage: Stage): Promise<readonly string[]> {
  return (await integrations(stage.mizan.desk)).map(({ name }) => name).sort();
}

test("a second integration over the same two connections is refused, naming the first", async () => {
  const stage = await openStage();
  await expect(addSecond(stage, { source: "zoho", target: "optiply" })).rejects.toThrow(
    "shop is an integration of these two accounts already (zoho → optiply)",
  );
  expect(await names(stage)).toEqual(["shop"]);
});

test.for([
  { source: "books-2", target: "optiply-2" },
  { source: "zoho", target: "optiply-2" },
  { source: "books-2", target: "optiply" },
])("a second one over $source and $target, connections to the same accounts, is refused too", async (sides) => {
  const stage = await openStage();
  await connectAgain(stage);
  await expect(addSecond(stage, sides)).rejects.toThrow(
    "shop is an integration of these two accounts already (zoho → optiply)",
  );
  expect(await names(stage)).toEqual(["shop"]);
});

test("an integration of another organisation with the same Optiply is allowed", async () => {
  const organisation = { organization_id: otherOrganisation, name: "Made-up Wholesale" };
  const stage = await openStage({
    before: async (shop) => {
      await shop.add("zoho-books/organizations", [organisation]);
    },
  });
  await connectAgain(stage, { books: { organizationId: otherOrganisation } });
  await addSecond(stage, { source: "books-2", target: "optiply" });
  expect(await names(stage)).toEqual(["again", "shop"]);
});

test("an integration of the same organisation with another Optiply account is allowed", async () => {
  const stage = await openStage();
  const [account] = await stage.shop.add("optiply/accounts", [{ name: "Made-up Wholesale" }]);
  await connectAgain(stage, { optiply: { accountId: String(account?.id) } });
  await addSecond(stage, { source: "zoho", target: "optiply-2" });
  expect(await names(stage)).toEqual(["again", "shop"]);
});
