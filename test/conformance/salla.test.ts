import { describe } from "vitest";
import { salla } from "../../src/connectors/salla/index.ts";
import { connectorSuite } from "./connector-suite.ts";
import type { StandIn } from "./stand-in.ts";

/** Orders are made of products that the store has. */
const addMug = (standIn: StandIn) =>
  standIn.add("salla/products", [{ name: "Mug", sku: "MUG", price: "52", quantity: 1_000_000 }]);

describe("salla", () => {
  connectorSuite({
    connector: salla,
    settings: ({ addresses }) => ({ ...addresses.vendors.salla, callsPerMinute: 100_000, minuteMs: 100 }),
    secrets: ({ addresses }) => {
      const { clientId, clientSecret, refreshToken } = addresses.credentials.salla;
      return { clientId, clientSecret, refreshToken };
    },
    wrongSecrets: (right) => [
      { ...right, clientId: "nobody" },
      { ...right, clientSecret: "wrong" },
      { ...right, refreshToken: "ory_rt_wrong" },
    ],
    look: async ({ session }) => await session.lookUp("statuses"),
    missingScope: { switches: { scopes: "offline_access products.read" }, scope: "orders.read" },
    probes: [
      { name: "as documented", switches: {} },
      { name: "all filters ignored", switches: { ordersStatusFilter: "ignored", accountingServicesFilter: "ignored" } },
      { name: "without the scope of branches", switches: { scopes: "orders.read products.read" } },
    ],
    sources: [
      {
        name: "orders",
        records: "salla/orders",
        idField: "id",
        ids: /^\d{6,12}$/,
        arrange: addMug,
        // Ten orders share each second, so that pages end inside a second.
        make: (index) => ({
          items: [{ sku: "MUG", quantity: 1 + (index % 3) }],
          date: new Date(Date.parse("2026-01-05T08:00:00Z") + Math.floor(index / 10) * 1000).toISOString(),
          sandbox_quiet: true,
        }),
        spoil: {
          changes: { sandbox_overrides: { total: "much", amounts: { total: { amount: "much" } } } },
          field: "total",
        },
        behaviours: [
          { name: "rows carry updated_at", switches: { updatedAtInRows: true } },
          { name: "rows carry none", switches: { updatedAtInRows: false } },
          { name: "thirty rows a page", switches: { updatedAtInRows: true, ordersPerPageMax: 30 } },
          { name: "sort ignored", switches: { updatedAtInRows: true, ordersSort: "ignored" } },
        ],
      },
    ],
    targets: [],
  });
});
