/** A stage for refunds: a shop with taxed and untaxed goods, and services for the fees in Qoyod. */
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage, type ShopStageOptions } from "../salla-qoyod-stage.ts";

const service = { track_quantity: 0, purchase_item: 0, selling_price: 10, buying_price: 0 };

export interface RefundStage extends ShopStage {
  /** a completed order that waits for no payment */
  completed(order: Fields): Promise<Fields>;
  /** gives units of lines back: the line by its place from 0, and how many */
  giveBack(order: Fields, ...lines: readonly (readonly [number, number])[]): Promise<void>;
  /** totals of Qoyod's credit notes, the lowest first */
  credited(): Promise<readonly string[]>;
  /** what is due of an order's invoice */
  due(order: Fields): Promise<number>;
  /** calls since the last question that read orders, credit notes or products one by one, or wrote something in Qoyod */
  busyCalls(): Promise<readonly string[]>;
}

export async function openRefundStage({ options, switches, ...given }: ShopStageOptions = {}): Promise<RefundStage> {
  const chosen: Fields = { ...options };
  const stage = await openShopStage({
    ...given,
    switches: { ...switches, salla: { updatedAtInRows: true, ...switches?.salla } },
    options: chosen,
    before: async (early) => {
      const shipping = await early.qoyod("products", { ...service, sku: "SHIPPING", name_en: "Shipping" });
      const cod = await early.qoyod("products", { ...service, sku: "COD", name_en: "Cash on delivery" });
      Object.assign(chosen, { shippingProductId: String(shipping.id), codProductId: String(cod.id), ...options });
      await given.before?.(early);
    },
  });
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  await stage.salla("products", { name: "Book", sku: "BOOK", price: "30", quantity: 10, cost_price: "12" });
  // What is final before the first look is history.
  await stage.sync();
  return {
    ...stage,
    completed: (order) => stage.salla("orders", { payment_method: "bank", status: "completed", ...order }),
    giveBack: (order, ...lines) => {
      const items = order.items as readonly Fields[];
      return stage.act(order, "refund", { lines: lines.map(([at, quantity]) => ({ id: items[at]?.id, quantity })) });
    },
    credited: async () => amounts((await stage.inQoyod("credit_notes")).map(({ total }) => total)),
    due: async ({ reference_id }) => {
      const invoices = await stage.inQoyod("invoices");
      const invoice = invoices.find(({ reference }) => String(reference).endsWith(`-${String(reference_id)}`));
      return Number(invoice?.due_amount);
    },
    busyCalls: async () => {
      const { control } = stage.shop.addresses;
      const calls = (await (await fetch(`${control}/calls`)).json()) as readonly Fields[];
      await fetch(`${control}/calls/reset`, { method: "POST" });
      const isList = ({ method, path }: Fields) => method === "GET" && /\/orders(\/invoices)?$/.test(String(path));
      const busy = calls.filter((call) => !isList(call) && !/token/.test(String(call.path)));
      return busy.map(({ vendor, method, path }) => `${vendor} ${method} ${path}`);
    },
  };
}

function amounts(totals: readonly unknown[]): readonly string[] {
  return totals
    .map(Number)
    .toSorted((one, other) => one - other)
    .map((total) => total.toFixed(2));
}

/** Totals of Salla's credit notes, the lowest first. */
export async function refunded(stage: ShopStage): Promise<readonly string[]> {
  const notes = (await stage.inSalla("invoices")).filter(({ type }) => type === "Credit Note");
  return amounts(notes.map(({ total }) => (total as Fields).amount ?? total));
}
