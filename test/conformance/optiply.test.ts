import { describe } from "vitest";
import { optiply } from "../../src/connectors/optiply/index.ts";
import { connectorSuite } from "./connector-suite.ts";
import type { StandIn } from "./stand-in.ts";

const remoteId = (index: number) => String(4_600_000_000_000_000_000n + BigInt(index));

async function addProducts(standIn: StandIn): Promise<string[]> {
  const made = await standIn.add("optiply/products", [
    { name: "Lamp", stockLevel: 4, unlimitedStock: false },
    { name: "Chair", stockLevel: 2, unlimitedStock: false },
  ]);
  return made.map(({ id }) => String(id));
}

async function addSupplierAndProducts(standIn: StandIn): Promise<string[]> {
  const [supplier] = await standIn.add("optiply/suppliers", [{ name: "Beta Supplies" }]);
  return [String(supplier?.id), ...(await addProducts(standIn))];
}

/** One supplier and a product for each supplier product, because a pair is unique. */
async function addManyPairs(standIn: StandIn): Promise<string[]> {
  const [supplier] = await standIn.add("optiply/suppliers", [{ name: "Beta Supplies" }]);
  const products = Array.from({ length: 240 }, (_, index) => ({ name: `Lamp ${index}` }));
  const made = await standIn.add("optiply/products", products);
  return [String(supplier?.id), ...made.map(({ id }) => String(id))];
}

describe("optiply", () => {
  const withoutRemoteIds = { couplingId: undefined };
  connectorSuite({
    connector: optiply,
    settings: ({ addresses }) => ({
      ...addresses.vendors.optiply,
      couplingId: addresses.credentials.optiply.couplingId,
      perMinute: 100_000,
      minuteMs: 1_000,
    }),
    secrets: ({ addresses }) => {
      const { clientId, clientSecret, username, password } = addresses.credentials.optiply;
      return { clientId, clientSecret, username, password };
    },
    wrongSecrets: (right) => [
      { ...right, clientSecret: "wrong" },
      { ...right, password: "wrong" },
    ],
    look: ({ session }) => session.lookUp("accounts"),
    probes: [
      { name: "as Optiply most likely is", switches: {} },
      {
        name: "everything the other way",
        switches: { unknownFilter: "ignored", couplingIdMissing: "accepted", retryAfter: true },
      },
    ],
    sources: [],
    targets: [
      {
        name: "products",
        records: "optiply/products",
        payload: (index) => ({
          remoteId: remoteId(index),
          name: `Lamp ${index}`,
          skuCode: `L-${index}`,
          price: "9.95",
          status: "enabled",
          stockLevel: -index,
          unlimitedStock: false,
          createdAtRemote: "2026-01-05T08:00:00Z",
        }),
        refused: () => ({ remoteId: remoteId(1), name: "n".repeat(256), stockLevel: 1, unlimitedStock: false }),
        update: { changes: { stockLevel: 12, price: "1.10" }, stored: { stockLevel: 12, price: "1.10" } },
        withoutRemoteIds,
      },
      {
        name: "suppliers",
        records: "optiply/suppliers",
        payload: (index) => ({ remoteId: remoteId(index), name: `Supplier ${index}` }),
        refused: () => ({ remoteId: remoteId(1), name: "n".repeat(256) }),
        update: { changes: { name: "Renamed" }, stored: { name: "Renamed" } },
        withoutRemoteIds,
      },
      {
        name: "supplierProducts",
        records: "optiply/supplierProducts",
        arrange: addManyPairs,
        payload: (index, [supplierId, ...products]) => ({
          name: "Lamp",
          skuCode: "L-1",
          price: "4.00",
          supplierId,
          productId: products[index],
        }),
        refused: ([supplierId]) => ({ name: "Lamp", supplierId, productId: "9" }),
        update: { changes: { price: "4.10", name: "Lamp, red" }, stored: { price: "4.10", name: "Lamp, red" } },
        withoutRemoteIds,
      },
      {
        name: "buyOrders",
        records: "optiply/buyOrders",
        arrange: addSupplierAndProducts,
        payload: (index, [supplierId, lamp, chair]) => ({
          remoteId: remoteId(index),
          supplierId,
          placed: "2026-01-05T00:00:00Z",
          completed: undefined,
          expectedDeliveryDate: "2026-02-05T00:00:00Z",
          // Same supplier, day and total: only the lines tell them apart without remote ids.
          totalValue: "500.00",
          exportedFrom: undefined,
          orderLines: [
            { productId: lamp, quantity: index + 1, subtotalValue: `${index + 1}.5025` },
            { productId: chair, quantity: 1, subtotalValue: "7.00" },
          ],
        }),
        refused: ([, lamp]) => ({
          remoteId: remoteId(1),
          supplierId: "9",
          placed: "2026-01-05T00:00:00Z",
          totalValue: "5.00",
          orderLines: [{ productId: lamp, quantity: 1, subtotalValue: "5.00" }],
        }),
        update: {
          changes: { completed: "2026-03-05T10:00:00Z", totalValue: "501.10" },
          stored: { completed: "2026-03-05T10:00:00Z", totalValue: "501.10" },
        },
        withoutRemoteIds,
      },
      {
        name: "sellOrders",
        records: "optiply/sellOrders",
        arrange: addProducts,
        payload: (index, [lamp, chair]) => ({
          remoteId: remoteId(index),
          placed: "2026-01-05T00:00:00Z",
          // Same day and same total: only the lines tell them apart without remote ids.
          totalValue: "500.00",
          orderLines: [
            { productId: lamp, quantity: index + 1, subtotalValue: `${index + 1}.50` },
            { productId: chair, quantity: 1, subtotalValue: "7.00" },
          ],
        }),
        refused: () => ({
          remoteId: remoteId(1),
          placed: "2026-01-05T00:00:00Z",
          totalValue: "5.00",
          orderLines: [{ productId: "9", quantity: 1, subtotalValue: "5.00" }],
        }),
        withoutRemoteIds,
      },
    ],
  });
});
