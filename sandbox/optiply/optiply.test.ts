import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";

const bench = await openBench();
const { tokenUrl } = bench.sandbox.vendors.optiply;
const { clientId, clientSecret, username, password, couplingId } = bench.sandbox.credentials.optiply;
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const product = (more: Fields = {}) => ({
  data: { type: "products", attributes: { name: "Mug", stockLevel: 4, unlimitedStock: false, ...more } },
});
const body = (type: string, attributes: Fields) => ({ data: { type, attributes } });
const attributesOf = (answer: Awaited<ReturnType<typeof bench.optiply>>) => {
  const { attributes } = objectOf(answer, "data");
  return isFields(attributes) ? attributes : {};
};
const idOf = (answer: Awaited<ReturnType<typeof bench.optiply>>) => Number(objectOf(answer, "data").id);
const detailOf = (answer: Awaited<ReturnType<typeof bench.optiply>>) => rowsOf(answer, "errors")[0]?.detail;
const addProduct = async (more: Fields = {}) => idOf(await bench.optiply("POST", "/products", product(more)));
const basic = (secret: string) => `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;

async function takeToken(query: string, form: Record<string, string>, secret: string = clientSecret) {
  const response = await fetch(tokenUrl + query, {
    method: "POST",
    headers: { authorization: basic(secret) },
    body: new URLSearchParams(form),
  });
  const answer = (await response.json()) as Fields;
  return { status: response.status, answer };
}

test("a token is given for Basic auth and the password grant, in the query or in the form", async () => {
  await bench.set("optiply", { tokenLifeMs: 5000 });
  const inQuery = await takeToken("?grant_type=password", { username, password });
  expect(inQuery).toMatchObject({ status: 200, answer: { expires_in: 5, token_type: "bearer" } });
  expect((await takeToken("", { grant_type: "password", username, password })).status).toBe(200);
  expect(await takeToken("", { grant_type: "password", username, password: "x" })).toMatchObject({
    status: 400,
    answer: { error: "invalid_grant" },
  });
  const wrong = await takeToken("?grant_type=password", { username, password }, "x");
  expect(wrong.status).toBe(401);
  expect(wrong.answer.error_description).toContain("UserDetailsService returned null");
});

test("the refresh grant can be off, on, and rotating", async () => {
  const first = await takeToken("?grant_type=password", { username, password });
  const refresh = { grant_type: "refresh_token", refresh_token: String(first.answer.refresh_token) };
  expect((await takeToken("", refresh)).answer.refresh_token).toBe(first.answer.refresh_token);
  await bench.set("optiply", { refreshTokenRotates: true });
  expect((await takeToken("", refresh)).answer.refresh_token).not.toBe(first.answer.refresh_token);
  expect((await takeToken("", refresh)).status).toBe(400);
  await bench.set("optiply", { refreshGrant: false });
  expect((await takeToken("", refresh)).answer.error).toBe("unsupported_grant_type");
});

test("an expired token and none are 401; the media type is needed on GET too", async () => {
  expect((await bench.optiply("GET", "/accounts")).status).toBe(200);
  expect((await bench.optiply("GET", "/accounts", undefined, { "content-type": "application/json" })).status).toBe(415);
  await bench.set("optiply", { mediaTypeMissing: "accepted" });
  expect((await bench.optiply("GET", "/accounts", undefined, { "content-type": "application/json" })).status).toBe(200);
  expect((await bench.optiply("GET", "/accounts", undefined, { authorization: "" })).status).toBe(401);
  await bench.control("POST", "/optiply/tokens/expire");
  expect((await bench.optiply("GET", "/accounts")).status).toBe(401);
});

test("a created product reads back with an id of text, money of text and the read-only extras", async () => {
  const made = await bench.optiply(
    "POST",
    "/products",
    product({ price: 9.9, remoteId: "4608150000000000001", createdAtRemote: "2026-01-01T00:00:00Z" }),
  );
  expect(made.status).toBe(201);
  expect(objectOf(made, "data")).toMatchObject({
    type: "products",
    relationships: { supplierProducts: { links: {} } },
  });
  expect(typeof objectOf(made, "data").id).toBe("string");
  expect(attributesOf(made)).toMatchObject({
    price: "9.90",
    stockLevel: 4,
    status: "enabled",
    skuCode: null,
    createdFromPublicApi: true,
    accountId: 1402,
    remoteIdMap: { [couplingId]: "4608150000000000001" },
    createdAtRemote: "2026-01-01T00:00:00Z",
  });
});

test("two couplings keep an entry each, and a second POST with the same remoteId makes a second row", async () => {
  const id = await addProduct({ remoteId: "r" });
  const patched = await bench.optiplyBare(
    "PATCH",
    `/products/${id}?accountId=1402&couplingId=7002`,
    body("products", { remoteId: "other" }),
  );
  expect(attributesOf(patched).remoteIdMap).toEqual({ [couplingId]: "r", "7002": "other" });
  expect(await addProduct({ remoteId: "r" })).not.toBe(id);
});

test("writes without couplingId or accountId follow their switches", async () => {
  const post = (query: string) => bench.optiplyBare("POST", `/products?${query}`, product({ remoteId: "r" }));
  expect(attributesOf(await post("accountId=1402")).remoteIdMap).toEqual({});
  await bench.set("optiply", { couplingIdMissing: "accepted" });
  expect(attributesOf(await post("accountId=1402")).remoteIdMap).toEqual({ default: "r" });
  await bench.set("optiply", { couplingIdMissing: "refused" });
  expect((await post("accountId=1402")).status).toBe(400);
  expect((await post("")).status).toBe(400);
  await bench.set("optiply", { couplingIdMissing: "accepted", accountIdMissing: "accepted" });
  expect((await post("")).status).toBe(201);
  expect((await post("accountId=99")).status).toBe(403);
  expect((await post("accountId=nan")).status).toBe(500);
});

test("remoteDataSyncedToDate is taken, refused, or only taken with a coupling", async () => {
  const more = { remoteDataSyncedToDate: "2026-01-01T00:00:00Z" };
  expect(attributesOf(await bench.optiply("POST", "/products", product(more)))).toMatchObject(more);
  await bench.set("optiply", { remoteDataSyncedToDate: "needs-coupling" });
  expect((await bench.optiply("POST", "/products", product(more))).status).toBe(201);
  expect((await bench.optiplyBare("POST", "/products?accountId=1402", product(more))).status).toBe(400);
  await bench.set("optiply", {
    remoteDataSyncedToDate: "accepted",
    remoteDataSyncedToDateRefusedOn: "promotions, products",
  });
  expect((await bench.optiply("POST", "/products", product(more))).status).toBe(400);
});

test("what Java cannot read is 500, what breaks a rule is 400, and nothing is stored", async () => {
  const status = async (more: Fields) => (await bench.optiply("POST", "/products", product(more))).status;
  expect(await status({ stockLevel: 4.5 })).toBe(500);
  expect(await status({ stockLevel: "nan" })).toBe(500);
  expect(await status({ unlimitedStock: "yes" })).toBe(500);
  expect(await status({ name: undefined })).toBe(400);
  expect(await status({ name: "n".repeat(256) })).toBe(400);
  expect(await status({ price: 10_000_000 })).toBe(400);
  expect(await status({ price: -1 })).toBe(400);
  expect(await status({ stockLevel: 10_000_000 })).toBe(400);
  expect(await status({ status: "ENABLED" })).toBe(400);
  expect(
    (
      await bench.optiply(
        "POST",
        "/products",
        '{"data":{"type":"products","attributes":{"name":"a","stockLevel":4.0,"unlimitedStock":true}}}',
      )
    ).status,
  ).toBe(500);
  expect((await bench.optiply("POST", "/products", "no json")).status).toBe(400);
  expect((await bench.optiply("GET", "/products/nan")).status).toBe(500);
  expect(rowsOf(await bench.optiply("GET", "/products"), "data")).toHaveLength(0);
  const supplier = await bench.optiply(
    "POST",
    "/suppliers",
    body("suppliers", { name: "Beta", emails: ["no address"] }),
  );
  expect([supplier.status, detailOf(supplier)]).toEqual([400, "no address is not a valid address"]);
});

test("totals are kept exactly, whatever their size; extra decimals follow the switch", async () => {
  const order = (total: string) =>
    `{"data":{"type":"sellOrders","attributes":{"placed":"2026-01-01T00:00:00Z","totalValue":${total}}}}`;
  const total = async (value: string) =>
    attributesOf(await bench.optiply("POST", "/sellOrders", order(value))).totalValue;
  expect(await total("12345678901234567.89")).toBe("12345678901234567.89");
  expect(await total('"0.1"')).toBe("0.10");
  expect(await total("1.005")).toBe("1.01");
  await bench.set("optiply", { extraDecimals: "keep" });
  expect(await total("1.005")).toBe("1.005");
  await bench.set("optiply", { extraDecimals: "refuse" });
  expect((await bench.optiply("POST", "/sellOrders", order("1.005"))).status).toBe(400);
  expect((await bench.optiply("POST", "/sellOrders", order("123456789012345678.00"))).status).toBe(400);
});

test("an order takes flat lines in one POST, all or nothing, with line ids only by the switch", async () => {
  const productId = await addProduct();
  const line = { productId, quantity: 2, subtotalValue: "3.50" };
  const post = (orderLines: unknown) =>
    bench.optiply(
      "POST",
      "/sellOrders",
      body("sellOrders", { placed: "2026-01-01T00:00:00Z", totalValue: 3.5, orderLines }),
    );
  const made = await post([line]);
  expect(made.status).toBe(201);
  expect(attributesOf(made)).not.toHaveProperty("orderLines");
  const lines = rowsOf(await bench.optiply("GET", `/sellOrderLines?filter[sellOrderId]=${idOf(made)}`), "data");
  expect(lines).toMatchObject([
    {
      attributes: {
        productId,
        quantity: 2,
        subtotalValue: "3.50",
        sellOrderId: idOf(made),
        createdFromPublicApi: true,
      },
    },
  ]);
  for (const wrong of [
    [{ type: "sellOrderLines", attributes: line }],
    [{ ...line, subtotalValue: undefined }],
    [{ ...line, productId: 1 }],
    [{ ...line, quantity: 0.5 }],
    {},
  ]) {
    expect((await post(wrong)).status).toBeGreaterThanOrEqual(400);
  }
  expect((await post([line, line])).status).toBe(409);
  expect(objectOf(await bench.optiply("GET", "/sellOrders"), "meta").totalResourceCount).toBe(1);
  await bench.set("optiply", {
    lineIdsInPostAnswer: true,
    duplicateOrderLines: "accepted",
    nonPositiveQuantities: "refused",
  });
  expect(attributesOf(await post([line, line])).orderLines).toMatchObject([
    { id: expect.any(Number) },
    { id: expect.any(Number) },
  ]);
  expect((await post([{ ...line, quantity: 0 }])).status).toBe(400);
});

test("deleting a buy order takes its lines and their receipts; a line that is gone is 404 for a receipt", async () => {
  const productId = await addProduct();
  const supplierId = idOf(
    await bench.optiply("POST", "/suppliers", body("suppliers", { name: "Beta", deliveryTime: 3 })),
  );
  const order = await bench.optiply(
    "POST",
    "/buyOrders",
    body("buyOrders", {
      supplierId,
      placed: "2026-01-01T00:00:00Z",
      totalValue: 1,
      orderLines: [{ productId, quantity: 1, subtotalValue: 1 }],
    }),
  );
  expect(attributesOf(order).expectedDeliveryDate).toBe("2026-01-04T00:00:00Z");
  const [line] = rowsOf(await bench.optiply("GET", `/buyOrderLines?filter[buyOrderId]=${idOf(order)}`), "data");
  expect(line).toMatchObject({ attributes: { expectedDeliveryDate: "2026-01-04T00:00:00Z" } });
  const receipt = body("receiptLines", {
    buyOrderLineId: Number(line?.id),
    quantity: 1,
    occurred: "2026-01-02T00:00:00Z",
  });
  expect((await bench.optiply("POST", "/receiptLines", receipt)).status).toBe(201);
  expect((await bench.optiply("DELETE", `/buyOrders/${idOf(order)}`)).status).toBe(204);
  for (const name of ["buyOrders", "buyOrderLines", "receiptLines"]) {
    expect(rowsOf(await bench.optiply("GET", `/${name}`), "data")).toHaveLength(0);
  }
  expect((await bench.optiply("POST", "/receiptLines", receipt)).status).toBe(404);
  expect(
    (await bench.optiply("PATCH", `/buyOrders/${idOf(order)}`, body("buyOrders", { completed: null }))).status,
  ).toBe(404);
  expect((await bench.optiply("DELETE", `/buyOrders/${idOf(order)}`)).status).toBe(404);
});

test("pairs are unique and compositions have no loops", async () => {
  const [one, two] = [await addProduct(), await addProduct()];
  const supplierId = idOf(await bench.optiply("POST", "/suppliers", body("suppliers", { name: "Beta" })));
  const pair = body("supplierProducts", { name: "Mug", productId: one, supplierId });
  expect((await bench.optiply("POST", "/supplierProducts", pair)).status).toBe(201);
  expect((await bench.optiply("POST", "/supplierProducts", pair)).status).toBe(409);
  const composition = (composedProductId: number, partProductId: number) =>
    bench.optiply(
      "POST",
      "/productCompositions",
      body("productCompositions", { composedProductId, partProductId, partQuantity: 1 }),
    );
  expect((await composition(one, two)).status).toBe(201);
  expect((await composition(one, two)).status).toBe(409);
  expect((await composition(two, one)).status).toBe(400);
});

test("a PATCH changes only what it names; null clears, is ignored or refused; updatedAt moves", async () => {
  const id = await addProduct({ skuCode: "S", articleCode: "A" });
  const patch = (attributes: Fields) => bench.optiply("PATCH", `/products/${id}`, body("products", attributes));
  const patched = await patch({ stockLevel: -3, articleCode: null });
  expect([patched.status, attributesOf(patched).stockLevel, attributesOf(patched).skuCode]).toEqual([200, -3, "S"]);
  expect(attributesOf(patched).articleCode).toBeNull();
  await bench.set("optiply", { nullOnPatch: "ignored" });
  expect(attributesOf(await patch({ skuCode: null })).skuCode).toBe("S");
  await bench.set("optiply", { nullOnPatch: "refused" });
  expect((await patch({ skuCode: null })).status).toBe(400);
  expect((await patch({ name: undefined, nothing: 1 })).status).toBe(200);
  await bench.set("optiply", { unknownAttributes: "refused" });
  expect((await patch({ nothing: 1 })).status).toBe(400);
});

test("too many calls in a second are 429, with Retry-After only by the switch", async () => {
  await bench.optiply("GET", "/accounts");
  await bench.set("optiply", { perSecondLimit: 1, secondMs: 10_000 });
  await bench.optiply("GET", "/accounts");
  const plain = await bench.optiply("GET", "/accounts");
  expect([plain.status, plain.headers.get("retry-after")]).toEqual([429, null]);
  await bench.set("optiply", { retryAfter: true });
  expect((await bench.optiply("GET", "/accounts")).headers.get("retry-after")).toBe("10");
});

test("a person's buy orders are told from ours, drafts have no placed, and the write-back sets our remoteId", async () => {
  const supplierId = idOf(await bench.optiply("POST", "/suppliers", body("suppliers", { name: "Beta" })));
  const made = await bench.control("POST", "/optiply/buyOrders", [
    { supplierId, totalValue: 0 },
    { supplierId, totalValue: 10, placed: "2026-01-01T00:00:00Z", assembly: true },
    {
      supplierId,
      totalValue: 10,
      placed: "2026-01-01T00:00:00Z",
      completed: "2026-01-02T00:00:00Z",
      createdFromPublicApi: true,
    },
  ]);
  expect(rowsOf(made, "rows")).toMatchObject([
    { placed: null, createdFromPublicApi: false, remoteIdMap: {} },
    { assembly: true, createdFromPublicApi: false },
    { completed: "2026-01-02T00:00:00Z", createdFromPublicApi: true },
  ]);
  const [draft] = rowsOf(made, "rows");
  const back = await bench.optiply("PATCH", `/buyOrders/${draft?.id}`, body("buyOrders", { remoteId: "460815" }));
  expect(attributesOf(back)).toMatchObject({ remoteIdMap: { [couplingId]: "460815" }, createdFromPublicApi: false });
});
