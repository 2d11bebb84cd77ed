/** Asks Qoyod what its reference leaves open for this company, by at most ten reading calls (README, "Probe"). */
import type { Door, Facts } from "../../core/connector.ts";
import { type Fields, fieldsOf, readId, readText } from "./fields.ts";
import { fetchPage, type Listing } from "./list-pages.ts";

const dayMs = 86_400_000;
/** Recent invoices that are looked at. */
const recent = 50;
/** Rows by which a list shows whether it pages: more than these are all of them. */
const few = 2;
/** Invoices that are named as another link's. */
const namedInvoices = 20;
const textLength = 120;
/** What the link between the shop and Qoyod writes into its invoices, in either language. */
const ofTheShop = /salla|سلة|سله/i;

type Rows = readonly Fields[];

/** @throws {NeedsPerson} credentials-refused. @throws {RetryLater} where a list cannot be read. */
export async function probe(door: Door): Promise<Facts> {
  const locations = await rowsOf(door, { path: "/inventories", key: "inventories" }, recent);
  const products = await rowsOf(door, { path: "/products", key: "products" }, few);
  const customers = await rowsOf(door, { path: "/customers", key: "customers" }, few);
  const query = { "q[s]": "id desc" };
  const invoices = await rowsOf(door, { path: "/invoices", key: "invoices", query }, recent);
  return {
    ...companyOf(locations),
    productsPaged: isPaged(products, few),
    customersPaged: isPaged(customers, few),
    invoicesPaged: isPaged(invoices, recent),
    invoicesSorted: isNewestFirst(invoices),
    ...(await productFilters(door, products)),
    referenceFilter: await isReferenceFiltered(door, invoices),
    issueDateFilter: await isIssueDateFiltered(door, invoices),
    ...eInvoicing(invoices),
    ofTheShop: invoices.filter(isOfTheShop).slice(0, namedInvoices).map(shown),
  };
}

/** The oldest location with the moment it was made: the same for every key of one company, and for no other company. */
function companyOf(locations: Rows): Facts {
  const known = locations.flatMap((row) => {
    const id = readId(row.id);
    return id === null ? [] : [{ id, name: readText(row.name ?? row.name_en), made: readText(row.created_at) }];
  });
  const oldest = known.toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))[0];
  return {
    locations: known.map(({ id, name }) => `${id} ${name}`.trim()),
    company: oldest === undefined || oldest.made === "" ? null : `${oldest.id} ${oldest.made}`,
  };
}

/** Whether a list gives no more rows than asked; null where it may have no more. */
function isPaged(rows: Rows, perPage: number): boolean | null {
  if (rows.length > perPage) return false;
  return rows.length === perPage ? true : null;
}

/** null where there are too few rows to tell. */
function isNewestFirst(rows: Rows): boolean | null {
  const [first, second] = rows.map(({ id }) => readId(id));
  if (first === undefined || second === undefined || first === null || second === null) return null;
  return BigInt(first) > BigInt(second);
}

/** Which filters of products are honoured, by the first product; null where none is there to tell. */
async function productFilters(door: Door, products: Rows): Promise<Facts> {
  const [first] = products;
  const id = readId(first?.id);
  const sku = products.map((row) => readText(row.sku)).find((text) => text !== "");
  const list = { path: "/products", key: "products" };
  // A company with one product cannot tell a filter from none.
  if (id === null || products.length < few) return { idInFilter: null, skuFilter: null, updatedAtFilter: null };
  const byId = await rowsOf(door, { ...list, query: { "q[id_in][]": [id] } }, few);
  const bySku = sku === undefined ? null : await rowsOf(door, { ...list, query: { "q[sku_eq]": sku } }, few);
  const tomorrow = new Date(door.clock.now() + dayMs).toISOString();
  const changed = await rowsOf(door, { ...list, query: { "q[updated_at_gteq]": tomorrow } }, few);
  return {
    idInFilter: byId.length === 1 && readId(byId[0]?.id) === id,
    skuFilter: bySku === null ? null : bySku.length > 0 && bySku.every((row) => readText(row.sku) === sku),
    updatedAtFilter: changed.length === 0,
  };
}

async function isReferenceFiltered(door: Door, invoices: Rows): Promise<boolean | null> {
  const reference = invoices.map((row) => readText(row.reference)).find((text) => text !== "");
  if (reference === undefined || invoices.length < few) return null;
  const list = { path: "/invoices", key: "invoices", query: { "q[reference_eq]": reference } };
  const rows = await rowsOf(door, list, few);
  return rows.length > 0 && rows.every((row) => row.reference === reference);
}

/** Nothing can be issued a year from now. */
async function isIssueDateFiltered(door: Door, invoices: Rows): Promise<boolean | null> {
  if (invoices.length === 0) return null;
  const nextYear = new Date(door.clock.now() + 365 * dayMs).toISOString().slice(0, 10);
  const rows = await rowsOf(
    door,
    { path: "/invoices", key: "invoices", query: { "q[issue_date_gteq]": nextYear } },
    few,
  );
  return rows.length === 0;
}

/** Signs of e-invoicing on recent invoices, where references may be replaced; null where no approved one is there. */
function eInvoicing(invoices: Rows): Facts {
  const approved = invoices.filter(({ status }) => !/^draft$/i.test(readText(status)));
  const isReported = ({ zatca_details }: Fields) =>
    readText(zatca_details) !== "" || Object.keys(fieldsOf(zatca_details)).length > 0 || Array.isArray(zatca_details);
  return { eInvoicing: approved.length === 0 ? null : approved.some(isReported) };
}

function isOfTheShop({ reference, description, notes }: Fields): boolean {
  return [reference, description, notes].some((text) => ofTheShop.test(readText(text)));
}

function shown({ reference, description }: Fields): string {
  return `${readText(reference)}: ${readText(description)}`.slice(0, textLength);
}

async function rowsOf(door: Door, listing: Listing, perPage: number): Promise<Rows> {
  return (await fetchPage(door, listing, { page: 1, perPage })).rows;
}
