import { describe } from "vitest";
import { qoyod } from "../../src/connectors/qoyod/index.ts";
import { connectorSuite } from "./connector-suite.ts";
import type { StandIn } from "./stand-in.ts";

const idOf = async (standIn: StandIn, path: string, type?: string) => {
  const rows = await standIn.all(`qoyod/${path}`);
  return String(rows.find((row) => type === undefined || row.type_of_account === type)?.id);
};

/** Nobody but those that a test makes. */
async function withoutCustomers(standIn: StandIn): Promise<string[]> {
  for (const { id } of await standIn.all("qoyod/customers")) await standIn.remove("qoyod/customers", String(id));
  return [];
}

async function catalogueIds(standIn: StandIn): Promise<string[]> {
  return [
    await idOf(standIn, "product_unit_types"),
    await idOf(standIn, "categories"),
    await idOf(standIn, "accounts", "Sale"),
    await idOf(standIn, "accounts", "DirectCost"),
  ];
}

async function sellableGoods(standIn: StandIn): Promise<string[]> {
  const [product] = await standIn.add("qoyod/products", [{ sku: "LAMP", stock: 100_000 }]);
  return [await idOf(standIn, "customers"), await idOf(standIn, "inventories"), String(product?.id)];
}

/** One invoice for each payment. */
async function manyInvoices(standIn: StandIn): Promise<string[]> {
  const [, , productId] = await sellableGoods(standIn);
  const line_items = [{ product_id: productId, quantity: 1, unit_price: 100, tax_percent: 15 }];
  const invoices = Array.from({ length: 240 }, () => ({ line_items }));
  const made = await standIn.add("qoyod/invoices", invoices);
  return [await idOf(standIn, "accounts", "Bank"), ...made.map(({ id }) => String(id))];
}

function document(index: number, [contact_id, inventory_id, product_id]: readonly string[]) {
  const reference = `SALLA-9-${1000 + index}`;
  return {
    contact_id,
    reference,
    issue_date: "2026-01-15",
    inventory_id,
    description: `Order ${reference} of made-up shop`,
    line_items: [
      {
        product_id,
        quantity: "2",
        unit_price: "115.00",
        description: undefined,
        discount: "30.00",
        tax_percent: "15",
        is_inclusive: true,
      },
    ],
    expected: { total: "200.00", order: reference },
  };
}

describe("qoyod", () => {
  connectorSuite({
    connector: qoyod,
    settings: ({ addresses }) => ({ ...addresses.vendors.qoyod, perMinute: 100_000, minuteMs: 1_000 }),
    secrets: ({ addresses }) => ({ apiKey: addresses.credentials.qoyod.apiKey }),
    wrongSecrets: () => [{ apiKey: "not-the-key-of-anyone" }],
    lastingToken: true,
    look: ({ session }) => session.lookUp("locations"),
    probes: [
      { name: "as Qoyod most likely is", switches: {} },
      {
        name: "everything the other way",
        switches: { emptyList: "empty-array", pagination: "nowhere", eInvoicing: true, contactsListKey: "contacts" },
      },
    ],
    sources: [],
    targets: [
      {
        name: "contacts",
        records: "qoyod/customers",
        path: "/customers",
        arrange: withoutCustomers,
        payload: (index) => ({
          name: `Noura ${index}`,
          phone_number: `+9665${String(10_000_000 + index)}`,
          email: `noura.${index}@example.com`,
        }),
        refused: () => ({ name: "" }),
        update: { changes: { name: "Noura A." }, stored: { name: "Noura A." }, method: "PUT" },
      },
      {
        name: "products",
        records: "qoyod/products",
        arrange: catalogueIds,
        payload: (index, [unit, category, sales, cost]) => ({
          sku: `L-${index}`,
          name_ar: `مصباح ${index}`,
          name_en: `Lamp ${index}`,
          type: "Product",
          product_unit_type_id: unit,
          category_id: category,
          tax_id: "1",
          track_quantity: true,
          selling_price: "115.50",
          sales_account_id: sales,
          purchase_item: true,
          buying_price: "60.25",
          expense_account_id: cost,
        }),
        refused: ([unit, category, sales, cost]) => ({
          sku: "L-1",
          name_ar: "مصباح",
          name_en: "Lamp",
          type: "Product",
          product_unit_type_id: unit,
          category_id: category,
          tax_id: "9",
          track_quantity: true,
          selling_price: "115.50",
          sales_account_id: sales,
          purchase_item: true,
          buying_price: "60.25",
          expense_account_id: cost,
        }),
        update: { changes: { name_en: "Lamp, red" }, stored: { name_en: "Lamp, red" }, method: "PUT" },
      },
      {
        name: "invoices",
        records: "qoyod/invoices",
        arrange: sellableGoods,
        payload: (index, parents) => ({ ...document(index, parents), due_date: "2026-01-15" }),
        refused: ([, location, product]) => ({
          ...document(1, ["999", String(location), String(product)]),
          due_date: "2026-01-15",
        }),
      },
      {
        name: "credit_notes",
        records: "qoyod/credit_notes",
        arrange: sellableGoods,
        payload: (index, parents) => ({ ...document(index, parents), parent_id: undefined }),
        refused: ([, location, product]) => ({
          ...document(1, ["999", String(location), String(product)]),
          parent_id: undefined,
        }),
      },
      {
        name: "invoice_payments",
        records: "qoyod/invoice_payments",
        arrange: manyInvoices,
        payload: (index, [account_id, ...invoices]) => ({
          invoice_id: invoices[index],
          reference: `SALLA-9-${1000 + index}-P1`,
          account_id,
          date: "2026-01-15",
          amount: "115.00",
          description: undefined,
        }),
        refused: ([account_id]) => ({
          invoice_id: "999",
          reference: "SALLA-9-1-P1",
          account_id,
          date: "2026-01-15",
          amount: "115.00",
        }),
      },
    ],
  });
});
