import { act } from "../salla/control-actions.ts";
import { addCustomer } from "../salla/customers.ts";
import { recordStore } from "../salla/merchant.ts";
import { placeOrder } from "../salla/place-order.ts";
import { addProduct, deleteProduct } from "../salla/products.ts";
import type { Product, Shop } from "../salla/shop.ts";
import { plainTime } from "../salla/times.ts";
import { oneOf, seededRandom, wholeBetween } from "../seeded-random.ts";
import { type Fields, textOf } from "../wire.ts";
import { plainItem } from "./made-up-items.ts";
import { wholeOption } from "./options.ts";
import { madeUpPerson } from "./salla-names.ts";
import { oddOrders } from "./salla-odd-orders.ts";
import { oddCustomers, oddProducts } from "./salla-odd-products.ts";

/** What was put in, and where each oddity is. */
interface SallaMadeUpShop {
  readonly products: number;
  readonly customers: number;
  readonly orders: number;
  readonly oddities: readonly { oddity: string; resource: string; id: string }[];
}

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 90;
const PLAIN_CUSTOMERS = 20;
/** What happens to an ordinary order. */
const lifes = ["complete", "complete", "complete", "ship", "progress", "cancel", "pay"] as const;

/**
 * Fills Salla with a made-up shop that has every oddity once; the same seed makes the same shop.
 * @param options.seed decides names, prices and quantities (1).
 * @param options.items how many products in all, at least as many as there are oddities and eight more (200).
 * @param options.orders how many orders in all, at least as many as there are oddities (300).
 */
export function importMadeUpSallaShop(shop: Shop, options: Fields): SallaMadeUpShop {
  const random = seededRandom(wholeOption(options, "seed", 1));
  const [itemCount, orderCount] = [wholeOption(options, "items", 200), wholeOption(options, "orders", 300)];
  const oddities: { oddity: string; resource: string; id: string }[] = [];
  const note = (oddity: string, resource: string, id: number) => oddities.push({ oddity, resource, id: String(id) });
  const nowMs = shop.clock.now();

  const second = recordStore(shop, "branches").add({ name: "فرع جدة" });
  const products = new Map<string, Product>();
  for (const { key, oddity, fields } of oddProducts([...shop.branches.keys()].slice(0, 2))) {
    const product = addProduct(shop, fields);
    products.set(key, product);
    note(oddity, "products", product.id);
  }
  const plain = Array.from({ length: Math.max(8, itemCount - products.size - 1) }, (_, index) => {
    const { name, sku, rate, purchase_rate, available_for_sale_stock } = plainItem(random, index + 1).fields;
    const quantity = Number(available_for_sale_stock) + 1000;
    return addProduct(shop, { name, sku, price: rate, cost_price: textOf(purchase_rate), quantity });
  });
  const components = plain.slice(0, 2).map(({ id }) => ({ product_id: id, quantity: 2 }));
  const bundle = addProduct(shop, {
    name: "Two of two",
    sku: "BUNDLE",
    type: "group_products",
    price: 199,
    components,
  });
  products.set("bundle", bundle);
  note("bundle", "products", bundle.id);

  const customers = new Map<string, number>();
  for (const { key, oddity, fields } of oddCustomers) {
    const { id } = addCustomer(shop, fields);
    customers.set(key, id);
    note(oddity, "customers", id);
  }
  const people = Array.from({ length: PLAIN_CUSTOMERS }, (_, index) => addCustomer(shop, madeUpPerson(index + 1)).id);

  const dateOf = () => plainTime(nowMs - wholeBetween(random, 0, HISTORY_DAYS * DAY_MS));
  const first = placeOrder(shop, { items: [{ product_id: plain[0]?.id }], date: dateOf() });
  const strange = oddOrders({
    product: (key) => products.get(key)?.id ?? 0,
    variant: (key, position) => products.get(key)?.variants[position]?.id ?? 0,
    customer: (key) => customers.get(key) ?? 0,
    secondBranch: Number(second.id),
    firstOrder: first.id,
    plain: (position) => plain[position]?.sku ?? "",
  });
  for (const { oddity, fields, then = [] } of strange) {
    const order = placeOrder(shop, { date: dateOf(), sandbox_oversell: true, ...fields });
    note(oddity, "orders", order.id);
    for (const action of then) act(shop, order, action, {});
  }
  const gone = products.get("deleted");
  if (gone !== undefined) deleteProduct(shop, gone);
  const ordinary = Math.max(0, orderCount - strange.length - 1);
  for (let made = 0; made < ordinary; made += 1) {
    const count = wholeBetween(random, 1, 4);
    const items = Array.from({ length: count }, () => ({
      product_id: plain[Math.floor(random() * plain.length)]?.id,
      quantity: wholeBetween(random, 1, 3),
    }));
    const customer_id = people[made % people.length];
    const order = placeOrder(shop, { items, customer_id, date: dateOf(), sandbox_oversell: true });
    act(shop, order, oneOf(random, lifes), {});
  }
  return {
    products: products.size + plain.length,
    customers: oddCustomers.length + people.length,
    orders: strange.length + ordinary + 1,
    oddities,
  };
}
