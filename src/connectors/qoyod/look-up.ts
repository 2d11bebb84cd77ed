import type { Choice } from "../../core/connector.ts";
import type { QoyodContext } from "./context.ts";
import { type Fields, readFlag, readId, readText, recordOf } from "./fields.ts";
import { fetchRecord, type Listing, listAll, listPages } from "./list-pages.ts";
import { holdersOf } from "./products.ts";

/** Contacts that are shown of those whose name holds a text. */
const shownContacts = 50;

/** A set whose members are listed whole. */
interface ChoiceSet extends Listing {
  readonly nameOf: (row: Fields) => string;
  readonly kindOf: (row: Fields) => string;
}

const none = () => "";
const bothNames = (english: unknown, arabic: unknown) =>
  [...new Set([readText(english), readText(arabic)].filter((name) => name !== ""))].join(" · ");

const sets: Readonly<Record<string, ChoiceSet>> = {
  locations: {
    path: "/inventories",
    key: "inventories",
    nameOf: ({ name, name_en, ar_name, name_ar }) => bothNames(name ?? name_en, ar_name ?? name_ar),
    kindOf: ({ is_default }) => (readFlag(is_default) ? "default" : ""),
  },
  accounts: {
    path: "/accounts",
    key: "accounts",
    nameOf: ({ code, name_en, name_ar }) => [readText(code), bothNames(name_en, name_ar)].filter(Boolean).join(" "),
    // `type` is a roll-up of five; what an account is for stands beside it (vendor reference 4.12).
    kindOf: ({ type_of_account, group_type, type }) =>
      readText(type_of_account) || readText(group_type) || readText(type),
  },
  taxes: {
    path: "/taxes",
    key: "taxes",
    nameOf: taxName,
    kindOf: ({ percentage, percent, rate }) => readText(percentage ?? percent ?? rate),
  },
  units: {
    path: "/product_unit_types",
    key: "product_unit_types",
    nameOf: ({ unit_name, name, name_en, name_ar }) => bothNames(unit_name ?? name ?? name_en, name_ar),
    kindOf: none,
  },
  categories: { path: "/categories", key: "categories", nameOf: ({ name }) => readText(name), kindOf: none },
};

/**
 * The members of a set, for proposals of settings. `contacts/<name>` gives the customers whose name holds that text, at most
 * 50 of them, and `products/<sku>` the products with exactly that SKU; `contact/<id>` and `product/<id>` the one with that id,
 * of a product with whether its quantity is tracked.
 * @throws {RangeError} for a set that Qoyod does not have. @throws {RetryLater} where the list cannot be read.
 */
export async function choices(context: QoyodContext, name: string): Promise<readonly Choice[]> {
  const { door, perPage } = context;
  const [, kind, text] = /^(contacts|products)\/(.+)$/s.exec(name) ?? [];
  if (kind === "contacts" && text !== undefined) return contactsNamed(context, text);
  if (kind === "products" && text !== undefined) return productsOf(context, text);
  const [, one, id] = /^(contact|product)\/(\d+)$/.exec(name) ?? [];
  if (one !== undefined && id !== undefined) return byId(context, one, id);
  const set = Object.hasOwn(sets, name) ? sets[name] : undefined;
  if (set === undefined) {
    const known = [...Object.keys(sets), "contacts/<name>", "products/<sku>", "contact/<id>", "product/<id>"].join(
      ", ",
    );
    throw new RangeError(`Qoyod has no set ${name}; there are ${known}`);
  }
  const rows = await listAll(door, set, perPage);
  return rows.filter(isActive).flatMap((row) => {
    const id = readId(row.id);
    return id === null ? [] : [{ id, name: set.nameOf(row), kind: set.kindOf(row) }];
  });
}

/** The members of a set, id → name. @throws as `choices`. */
export async function lookUp(context: QoyodContext, name: string): Promise<ReadonlyMap<string, string>> {
  return new Map((await choices(context, name)).map(({ id, name: text }) => [id, text]));
}

/** The name of a customer or a product, for reasons; null where it is not there or has none. @throws {RetryLater} */
export async function nameOf({ door }: QoyodContext, resource: string, id: string): Promise<string | null> {
  const place = resource === "contacts" ? "customers" : resource;
  if (place !== "customers" && place !== "products") return null;
  const result = await door.call({ method: "GET", path: `/${place}/${encodeURIComponent(id)}`, repeat: "safe" });
  const envelope = place === "customers" ? "contact" : "product";
  const record = result.kind === "ok" ? recordOf(result.body, envelope) : {};
  const name = readText(record.name) || bothNames(record.name_en, record.name_ar);
  return name.trim() === "" ? null : name;
}

/** The one that is there and active, or none. */
async function byId({ door }: QoyodContext, envelope: string, id: string): Promise<readonly Choice[]> {
  const record = await fetchRecord(door, envelope === "contact" ? "/customers" : "/products", id, envelope);
  if (record === null || !isActive(record)) return [];
  const name = readText(record.name) || readText(record.contact_name) || bothNames(record.name_en, record.name_ar);
  const kind = envelope === "product" && readFlag(record.track_quantity) ? "tracked" : "";
  return [{ id, name, kind }];
}

/** The filter may be ignored, so that the rows judge. */
async function contactsNamed({ door, perPage }: QoyodContext, text: string): Promise<readonly Choice[]> {
  const wanted = text.toLowerCase();
  const found: Choice[] = [];
  const listing = { path: "/customers", key: "customers", query: { "q[name_cont]": text } };
  for await (const rows of listPages(door, listing, perPage)) {
    for (const row of rows.filter(isActive)) {
      const id = readId(row.id);
      const name = readText(row.name) || readText(row.contact_name);
      if (id !== null && name.toLowerCase().includes(wanted)) found.push({ id, name, kind: readText(row.tax_number) });
    }
    if (found.length >= shownContacts) break;
  }
  return found.slice(0, shownContacts);
}

async function productsOf(context: QoyodContext, sku: string): Promise<readonly Choice[]> {
  const { same } = await holdersOf(context, sku);
  return same.map(({ id, name, kind }) => ({ id, name, kind }));
}

function isActive({ status }: Fields): boolean {
  return !/^(inactive|archived|disabled)$/i.test(readText(status).trim());
}

function taxName({ name, name_en, name_ar, title }: Fields): string {
  return bothNames(name_en ?? name ?? title, name_ar);
}
