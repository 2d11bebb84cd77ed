import { describe } from "vitest";
import { zohoBooks } from "../../src/connectors/zoho-books/index.ts";
import { connectorSuite } from "./connector-suite.ts";
import type { StandIn } from "./stand-in.ts";

/** Ten rows share each second, so that pages end inside a second. */
function changedAt(index: number): string {
  return new Date(Date.parse("2026-01-05T08:00:00Z") + Math.floor(index / 10) * 1000).toISOString();
}

/** More rows than a page share one second. */
function allInOneSecond(index: number): string {
  return new Date(Date.parse("2026-01-05T08:00:00Z") + Math.floor(index / 300) * 1000).toISOString();
}

function salesOrder(time: (index: number) => string) {
  return (index: number) => ({
    salesorder_number: `SO-${String(index).padStart(5, "0")}`,
    date: "2026-01-05",
    order_status: "closed",
    invoiced_status: "invoiced",
    created_time: time(index),
    last_modified_time: time(index),
    line_items: [{ name: "Lamp", quantity: 1, rate: 9.95 }],
  });
}

async function addVendor(standIn: StandIn): Promise<string[]> {
  const [vendor] = await standIn.add("zoho-books/contacts", [{ contact_name: "Lamp Works", contact_type: "vendor" }]);
  const [item] = await standIn.add("zoho-books/items", [{ name: "Lamp", purchase_rate: 4 }]);
  return [String(vendor?.contact_id), String(item?.item_id)];
}

describe("zoho-books", () => {
  const ordersBehaviours = [
    { name: "filter inclusive, sort honoured", switches: { salesordersModifiedFilter: "inclusive" } },
    { name: "filter exclusive, sort honoured", switches: { salesordersModifiedFilter: "exclusive" } },
    { name: "filter means equal", switches: { salesordersModifiedFilter: "equality" } },
    { name: "filter ignored", switches: { salesordersModifiedFilter: "ignored" } },
    { name: "always newest first", switches: { salesordersSort: "order-replaced" } },
    { name: "sort ignored", switches: { salesordersSort: "ignored" } },
  ];
  connectorSuite({
    connector: zohoBooks,
    settings: ({ addresses }) => ({
      region: "eu",
      organizationId: addresses.credentials["zoho-books"].organizationId,
      ...addresses.vendors["zoho-books"],
      perMinute: 100_000,
      minuteMs: 1_000,
    }),
    secrets: ({ addresses }) => {
      const { clientId, clientSecret, refreshToken } = addresses.credentials["zoho-books"];
      return { clientId, clientSecret, refreshToken };
    },
    wrongSecrets: (right) => [
      { ...right, clientId: "1000.NOBODY" },
      { ...right, clientSecret: "wrong" },
      { ...right, refreshToken: "1000.revoked" },
    ],
    look: ({ session }) => session.lookUp("salespersons"),
    missingScope: { switches: { scopes: "ZohoBooks.settings.READ" }, scope: "ZohoBooks.salesorders.READ" },
    probes: [
      { name: "as Zoho most likely is", switches: {} },
      {
        name: "everything the other way",
        switches: {
          itemsSort: "ignored",
          itemsModifiedFilter: "exclusive",
          contactsModifiedFilter: "inclusive",
          salesordersModifiedFilter: "equality",
          purchaseordersModifiedFilter: "ignored",
          salesordersSort: "order-replaced",
          stockIn: "list",
          itemDetailsLimit: 200,
          placesEndpoint: "locations",
        },
      },
      {
        name: "scopes of the simple flavour",
        switches: { scopes: "ZohoBooks.settings.READ,ZohoBooks.salesorders.READ" },
      },
    ],
    probeCalls: 13,
    sources: [
      {
        name: "items",
        records: "zoho-books/items",
        idField: "item_id",
        make: (index) => ({
          name: `Lamp ${String(index).padStart(4, "0")}`,
          rate: 9.95,
          created_time: changedAt(index),
        }),
        spoil: { changes: { rate: { amount: 5 } }, field: "rate" },
        behaviours: [
          { name: "sort honoured", switches: {} },
          { name: "sort ignored", switches: { itemsSort: "ignored" } },
        ],
      },
      {
        name: "changed-items",
        records: "zoho-books/items",
        path: "/items",
        idField: "item_id",
        make: (index) => ({ name: `Lamp ${index}`, purchase_rate: 4.5, last_modified_time: changedAt(index) }),
        spoil: { changes: { purchase_rate: { amount: 5 } }, field: "purchase_rate" },
        behaviours: [
          { name: "filter inclusive, sort honoured", switches: { itemsModifiedFilter: "inclusive" } },
          { name: "filter exclusive, sort honoured", switches: { itemsModifiedFilter: "exclusive" } },
          { name: "filter means equal", switches: { itemsModifiedFilter: "equality" } },
          { name: "filter ignored", switches: {} },
          { name: "always newest first", switches: { itemsModifiedFilter: "inclusive", itemsSort: "order-replaced" } },
          { name: "sort ignored", switches: { itemsModifiedFilter: "inclusive", itemsSort: "ignored" } },
        ],
        resumes: "filter inclusive, sort honoured",
      },
      {
        name: "salesorders",
        records: "zoho-books/salesorders",
        idField: "salesorder_id",
        make: salesOrder(changedAt),
        spoil: { changes: { salesorder_number: { no: 1 } }, field: "salesorder_number" },
        behaviours: ordersBehaviours,
        resumes: "filter inclusive, sort honoured",
      },
      {
        name: "salesorders",
        records: "zoho-books/salesorders",
        idField: "salesorder_id",
        make: salesOrder(allInOneSecond),
        spoil: { changes: { salesorder_number: { no: 1 } }, field: "salesorder_number" },
        behaviours: ordersBehaviours
          .slice(0, 2)
          .map(({ name, switches }) => ({ name: `one second, ${name}`, switches })),
      },
      {
        name: "contacts",
        records: "zoho-books/contacts",
        idField: "contact_id",
        make: (index) => ({
          contact_name: `Vendor ${index}`,
          contact_type: "vendor",
          last_modified_time: changedAt(index),
        }),
        spoil: { changes: { company_name: { no: 1 } }, field: "company_name" },
        behaviours: [
          { name: "filter ignored", switches: {} },
          { name: "filter inclusive", switches: { contactsModifiedFilter: "inclusive" } },
        ],
      },
      {
        name: "purchaseorders",
        records: "zoho-books/purchaseorders",
        idField: "purchaseorder_id",
        make: (index) => ({
          vendor_id: "",
          date: "2026-01-05",
          last_modified_time: changedAt(index),
          line_items: [{ name: "Lamp", quantity: 1, rate: 5 }],
        }),
        spoil: { changes: { reference_number: { no: 1 } }, field: "reference_number" },
        behaviours: [{ name: "always newest first", switches: {} }],
      },
    ],
    targets: [
      {
        name: "purchaseorders",
        records: "zoho-books/purchaseorders",
        idField: "purchaseorder_id",
        arrange: addVendor,
        payload: (index, [vendor, item]) => ({
          vendor_id: vendor,
          reference_number: String(1_000 + index),
          date: "2026-01-05",
          line_items: [{ item_id: item, quantity: 3 }],
        }),
        refused: ([vendor]) => ({
          vendor_id: vendor,
          reference_number: "1000",
          date: "2026-01-05",
          line_items: [{ item_id: "9", quantity: 3 }],
        }),
        update: {
          changes: { status: "open" },
          stored: { order_status: "open", status: "open" },
          method: "POST",
        },
      },
    ],
  });
});
