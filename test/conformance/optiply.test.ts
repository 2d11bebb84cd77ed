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
