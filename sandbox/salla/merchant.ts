import type { RecordStore } from "../vendor.ts";
import { type Fields, isFields, textOf } from "../wire.ts";
import { addCustomer, changeCustomer, customerData } from "./customers.ts";
import { announceOrder } from "./order-events.ts";
import { setStatus } from "./order-life.ts";
import { branchData } from "./people-api.ts";
import { editOrder, payOrder, placeOrder } from "./place-order.ts";
import { addProduct, changeProduct, changeVariant, deleteProduct, readId, variantById } from "./products.ts";
import { announce, type Branch, nextId, type Order, putRow, type Shop, statusOf } from "./shop.ts";
import { invoiceData } from "./show-invoice.ts";
import { fullOrder } from "./show-order.ts";
import { productData, variantData } from "./show-product.ts";
import { addCustomStatus, type Status, slugsOf, statusById, statusBySlug } from "./statuses.ts";

/** What a merchant may keep through the control API. */
export const resources = [
  "products",
  "variants",
  "customers",
  "branches",
  "orders",
  "invoices",
  "statuses",
  "taxes",
  "subscriptions",
  "audit",
] as const;
type Resource = (typeof resources)[number];

/** @throws RangeError from its functions, naming what is wrong. */
export function recordStore(shop: Shop, resource: Resource): RecordStore {
  return stores[resource](shop);
}

/** An order as the control API shows it: all of it, and what Salla does not show. */
export function shownOrder(shop: Shop, order: Order): Fields {
  const { deducted, paid, branchId, sentTo } = order;
  const sandbox = { slug: statusOf(shop, order).slug, deducted, paid, branch_id: branchId, sent_to: sentTo };
  return { ...fullOrder(shop, order), sandbox };
}

/** The status that a merchant names: `slug` of an original one, or the id of any. */
export function statusNamed(shop: Shop, given: unknown): Status {
  const name = textOf(given);
  const status = statusBySlug(shop.statuses, name) ?? statusById(shop.statuses, Number(name));
  if (status !== undefined) return status;
  throw new RangeError(`status ${JSON.stringify(given)} is not known; there are: ${slugsOf(shop.statuses)}, or an id`);
}

const stores: Readonly<Record<Resource, (shop: Shop) => RecordStore>> = {
  products: (shop) => ({
    add: (given) => productData(shop, addProduct(shop, given)),
    change: (id, changes) => {
      const product = shop.products.rows.get(Number(id));
      if (product === undefined) return undefined;
      changeProduct(shop, product, changes);
      return productData(shop, product);
    },
    remove: (id) => {
      const product = shop.products.rows.get(Number(id));
      if (product !== undefined) deleteProduct(shop, product);
      return product !== undefined;
    },
    ...reading(shop.products.rows, (product) => productData(shop, product)),
  }),
  variants: (shop) => ({
    ...unchangeable("variants"),
    change: (id, changes) => {
      const unit = variantById(shop, Number(id));
      if (unit?.variant === undefined) return undefined;
      changeVariant(shop, unit, changes);
      return variantData(shop, unit.product, unit.variant);
    },
    read: (id) => {
      const unit = variantById(shop, Number(id));
      return unit?.variant === undefined ? undefined : variantData(shop, unit.product, unit.variant);
    },
    readAll: () =>
      [...shop.products.rows.values()].flatMap((product) =>
        product.variants.map((variant) => ({ ...variantData(shop, product, variant), product_id: product.id })),
      ),
  }),
  customers: (shop) => ({
    add: (given) => customerData(addCustomer(shop, given)),
    change: (id, changes) => {
      const customer = shop.customers.get(Number(id));
      if (customer === undefined) return undefined;
      changeCustomer(shop, customer, changes);
      return customerData(customer);
    },
    remove: (id) => shop.customers.delete(Number(id)),
    ...reading(shop.customers, customerData),
  }),
  branches: (shop) => ({
    add: (given) => branchData(addBranch(shop, given)),
    change: (id, changes) => {
      const branch = shop.branches.get(Number(id));
      if (branch === undefined) return undefined;
      Object.assign(branch.fields, changes);
      return branchData(branch);
    },
    remove: (id) => shop.branches.delete(Number(id)),
    ...reading(shop.branches, branchData),
  }),
  orders: (shop) => ({
    add: (given) => shownOrder(shop, placeOrder(shop, given)),
    change: (id, changes) => {
      const order = shop.orders.rows.get(Number(id));
      if (order === undefined) return undefined;
      changeOrder(shop, order, changes);
      return shownOrder(shop, order);
    },
    remove: (id) => {
      const order = shop.orders.rows.get(Number(id));
      if (order === undefined) return false;
      shop.orders.rows.delete(order.id);
      shop.orders.sorted.changed(order);
      announce(shop, { event: "order.deleted", data: () => fullOrder(shop, order), order });
      return true;
    },
    ...reading(shop.orders.rows, (order) => shownOrder(shop, order)),
  }),
  invoices: (shop) => ({
    ...unchangeable("invoices"),
    ...reading(shop.invoices.rows, (invoice) => {
      const order = shop.orders.rows.get(invoice.orderId);
      return order === undefined ? { id: invoice.id, order_id: invoice.orderId } : invoiceData(shop, order, invoice);
    }),
  }),
  statuses: (shop) => ({
    ...unchangeable("statuses"),
    add: (given) => ({ ...addCustomStatus(shop.statuses, textOf(given.name), textOf(given.slug)) }),
    change: (id, { name }) => {
      const status = statusById(shop.statuses, Number(id)) ?? statusBySlug(shop.statuses, id);
      if (status !== undefined) status.name = textOf(name);
      return status === undefined ? undefined : { ...status };
    },
    read: (id) => {
      const status = statusById(shop.statuses, Number(id)) ?? statusBySlug(shop.statuses, id);
      return status === undefined ? undefined : { ...status };
    },
    readAll: () => shop.statuses.map((status) => ({ ...status })),
  }),
  taxes: (shop) => ({
    ...unchangeable("taxes"),
    add: (given) => {
      shop.taxes.push({ id: nextId(shop, "taxes"), status: "active", country: null, ...given });
      return shop.taxes.at(-1) ?? {};
    },
    read: (id) => shop.taxes.find((tax) => String(tax.id) === id),
    readAll: () => shop.taxes,
  }),
  subscriptions: (shop) => ({
    ...unchangeable("subscriptions"),
    remove: (id) => shop.subscriptions.delete(Number(id)),
    ...reading(shop.subscriptions, (subscription) => ({ ...subscription })),
  }),
  audit: (shop) => ({ ...unchangeable("audit"), read: () => undefined, readAll: () => shop.audit }),
};

function reading<Row>(
  rows: ReadonlyMap<number, Row>,
  show: (row: Row) => Fields,
): Pick<RecordStore, "read" | "readAll"> {
  return {
    read: (id) => {
      const row = rows.get(Number(id));
      return row === undefined ? undefined : show(row);
    },
    readAll: function* () {
      for (const row of rows.values()) yield show(row);
    },
  };
}

function unchangeable(resource: Resource): Pick<RecordStore, "add" | "change" | "remove"> {
  const refuse = (): never => {
    throw new RangeError(`${resource} of salla cannot be changed so; see sandbox/README.md`);
  };
  return { add: refuse, change: refuse, remove: refuse };
}

function addBranch(shop: Shop, given: Fields): Branch {
  const { id: asked, ...fields } = given;
  const id = asked === undefined ? nextId(shop, "branches") : readId(asked, "id");
  if (shop.branches.has(id)) throw new RangeError(`branches ${id} exists already`);
  const branch: Branch = { id, fields };
  shop.branches.set(id, branch);
  announce(shop, { event: "store.branch.created", data: () => branchData(branch) });
  return branch;
}

/**
 * What a merchant changes about an order: `status` (slug or id), `paid`, `tags`, `sent_to`, `sandbox_overrides`, other `items`,
 * `coupon`, `shipping` or `cod`, and of its `lines` (`{id, sku?, sandbox_overrides?}`). Anything else is shown as it is given.
 */
function changeOrder(shop: Shop, order: Order, changes: Fields): void {
  const { status, paid, tags, sent_to, lines, sandbox_overrides, items, coupon, shipping, cod, ...extra } = changes;
  const terms = Object.entries({ items, coupon, shipping, cod }).filter(([, value]) => value !== undefined);
  if (terms.length > 0) editOrder(shop, order, Object.fromEntries(terms));
  if (Array.isArray(tags)) order.tags = tags.map(textOf);
  if (Array.isArray(sent_to)) order.sentTo = sent_to.map(textOf);
  if (isFields(sandbox_overrides)) order.overrides = sandbox_overrides;
  Object.assign(order.extra, extra);
  for (const given of Array.isArray(lines) ? lines.filter(isFields) : []) {
    const line = order.lines.find(({ id }) => String(id) === textOf(given.id));
    if (line === undefined) throw new RangeError(`order ${order.id} has no line ${JSON.stringify(given.id)}`);
    if (given.sku !== undefined) line.sku = textOf(given.sku);
    if (isFields(given.sandbox_overrides)) line.overrides = given.sandbox_overrides;
  }
  order.updatedMs = Math.floor(shop.clock.now() / 1000) * 1000;
  putRow(shop.orders, order);
  if (tags !== undefined && shop.switches.tagsTell) announceOrder(shop, order, "order.updated");
  if (paid === true) payOrder(shop, order);
  if (status !== undefined) setStatus(shop, order, statusNamed(shop, status));
}
