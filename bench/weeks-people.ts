/** The people of a simulated shop and its books, and what they know for certain: who has claimed which units. */
import { storeOf } from "../sandbox/control/stores.ts";
import { rowsByKey } from "../sandbox/qoyod/company.ts";
import { madeUpPerson } from "../sandbox/shops/salla-names.ts";
import type { Fields } from "../sandbox/wire.ts";
import type { Happening, OrderToPlace } from "./weeks-plan.ts";
import type { WeeksShop } from "./weeks-shop.ts";

/** An order that was placed. */
export interface Sold {
  readonly id: string;
  readonly reference: number;
  /** as Salla says it */
  readonly total: string;
  /** SKU → units */
  readonly units: ReadonlyMap<string, number>;
  readonly lines: readonly { readonly id: string; readonly sku: string; readonly quantity: number }[];
  state: "open" | "completed" | "canceled";
  /** credit notes that the shop made of it */
  creditNotes: number;
}

/** What people have done so far. */
export interface People {
  readonly sold: ReadonlyMap<number, Sold>;
  /** SKU of goods → units that nobody has claimed */
  readonly free: ReadonlyMap<string, number>;
  /** units that customers took of a SKU at this moment or later */
  soldSince(sku: string, atMs: number): number;
  /** purchases that wait until the books have invoiced the product */
  waitingPurchases(): number;
  /** does what is to happen now */
  act(happening: Happening): Promise<void>;
  /** books the purchases that can be booked by now */
  purchase(): void;
}

/** More of each product than all orders take. */
const spareUnits = 3;
const locationOfGoods = "31";

/** Fills Salla with the products and customers of the orders. Whatever has no digit in its code is a service. */
export function openPeople(shop: WeeksShop, orders: readonly OrderToPlace[]): People {
  const { clock, control } = shop;
  const salla = (resource: string) => storeOf(shop.sandbox, "salla", resource);
  const bills = storeOf(shop.sandbox, "qoyod", "bills");
  const free = stockShop(salla("products"), orders);
  const customers = new Map<string, unknown>();
  const sold = new Map<number, Sold>();
  const sales = new Map<string, { readonly atMs: number; readonly quantity: number }[]>();
  const invoiced = invoicedProducts(shop);
  let wanted: { readonly sku: string; readonly quantity: number }[] = [];
  const claim = (sku: string, quantity: number) => {
    const left = free.get(sku);
    if (left !== undefined) free.set(sku, left - quantity);
  };
  const buyer = (customer: string) => {
    if (customer === "") return {};
    const id = customers.get(customer) ?? salla("customers").add(madeUpPerson(Number(customer))).id;
    customers.set(customer, id);
    return { customer_id: id };
  };
  const place = (index: number) => {
    const order = orders[index];
    if (order === undefined) throw new RangeError(`there is no order ${index}`);
    const { reference, customer, lines } = order;
    const paying = { payment_method: "mada", paid: true, sandbox_oversell: true };
    const made = salla("orders").add({ reference_id: reference, items: lines, ...buyer(customer), ...paying });
    const units = new Map<string, number>();
    for (const { sku, quantity } of lines) {
      units.set(sku, (units.get(sku) ?? 0) + quantity);
      claim(sku, quantity);
      sales.set(sku, [...(sales.get(sku) ?? []), { atMs: clock.now(), quantity }]);
    }
    const items = made.items as readonly Fields[];
    const own = lines.map(({ sku, quantity }, at) => ({ id: String(items[at]?.id), sku, quantity }));
    const total = amountOf((made.amounts as Fields).total);
    sold.set(index, { id: String(made.id), reference, total, units, lines: own, state: "open", creditNotes: 0 });
  };
  const book = () => {
    const known = invoiced();
    wanted = wanted.filter(({ sku, quantity }) => {
      const [product] = rowsByKey(shop.sandbox.qoyod.company(), "products", sku);
      if (product === undefined || !known.has(product.id)) return true;
      bills.add({ inventory_id: locationOfGoods, line_items: [{ product_id: product.id, quantity }] });
      claim(sku, -quantity);
      return false;
    });
  };
  return {
    sold,
    free,
    soldSince: (sku, atMs) =>
      (sales.get(sku) ?? []).reduce((sum, one) => sum + (one.atMs >= atMs ? one.quantity : 0), 0),
    waitingPurchases: () => wanted.length,
    purchase: book,
    act: async (happening) => {
      if (happening.kind === "place") return place(happening.order);
      if (happening.kind === "purchase") {
        if (free.has(happening.sku)) wanted.push(happening);
        return book();
      }
      const one = sold.get(happening.order);
      if (one === undefined) throw new RangeError(`order ${happening.order} was not placed`);
      const act = (action: string, body = {}) => control("POST", `/salla/orders/${one.id}/${action}`, body);
      if (happening.kind === "complete") {
        await act("complete");
        one.state = "completed";
        return;
      }
      const line = happening.kind === "refund" ? one.lines[happening.line] : undefined;
      const back =
        happening.kind === "refund"
          ? line === undefined
            ? []
            : [{ ...line, quantity: happening.quantity }]
          : one.lines;
      if (happening.kind === "refund") await act("refund", { lines: back, restore_items: true });
      else await act(happening.kind, { restore_items: true });
      if (happening.kind === "cancel") one.state = "canceled";
      else one.creditNotes += 1;
      for (const { sku, quantity } of back) claim(sku, -quantity);
    },
  };
}

/** @returns what nobody has claimed of the goods */
function stockShop(products: { add(given: Fields): Fields }, orders: readonly OrderToPlace[]): Map<string, number> {
  const needed = new Map<string, number>();
  for (const { lines } of orders)
    for (const { sku, quantity } of lines) needed.set(sku, (needed.get(sku) ?? 0) + quantity);
  const free = new Map<string, number>();
  for (const [sku, units] of needed) {
    const isGoods = /\d/.test(sku);
    const quantity = units + spareUnits;
    const counted = isGoods ? { quantity } : { type: "service" };
    products.add({ sku, name: `Product ${sku}`, price: "10", cost_price: "4", ...counted });
    if (isGoods) free.set(sku, quantity);
  }
  return free;
}

/** The products that stand in an invoice, each invoice looked at once. */
function invoicedProducts({ sandbox }: WeeksShop): () => ReadonlySet<number> {
  const products = new Set<number>();
  let seen = 0;
  return () => {
    const { rows } = sandbox.qoyod.company().tables.invoices;
    for (const { id, fields } of [...rows.values()].reverse()) {
      if (id <= seen) break;
      for (const { product_id } of fields.line_items as readonly Fields[]) products.add(Number(product_id));
    }
    seen = [...rows.keys()].at(-1) ?? 0;
    return products;
  };
}

/** Salla shows money as a number, or as `{amount, currency}`. */
function amountOf(money: unknown): string {
  const { amount } = money as { readonly amount: number | string };
  return Number(amount).toFixed(2);
}
