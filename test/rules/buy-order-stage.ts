/** A stage on which a shop buys: two vendors, two items and both sides linked, with words for orders of either side. */
import type { RecordView } from "../../src/operations/records.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  item,
  itemId,
  openStage,
  purchaseOrder,
  purchaseOrderId,
  remoteId,
  type Stage,
  type StageOptions,
  vendor,
  vendorId,
} from "../stage.ts";

/** An order of Optiply with its lines, by the names of its products. */
export interface OptiplyOrder extends Fields {
  readonly id: string;
  readonly lines: readonly string[];
}

export interface Buying {
  readonly stage: Stage;
  /** ids in Zoho Books */
  readonly potters: string;
  readonly weavers: string;
  readonly mug: string;
  readonly plate: string;
  /** stores purchase orders of the potters, with two mugs at 4 where no lines are given; one where none is said. @returns their ids */
  buy(...orders: readonly Fields[]): Promise<string[]>;
  /** the order of Optiply that came from a purchase order; null where there is none. @throws where there are two */
  there(purchaseOrder: string): Promise<OptiplyOrder | null>;
  /** the same where it must be there */
  mustBeThere(purchaseOrder: string): Promise<OptiplyOrder>;
  /** every order of Optiply with its lines */
  ordersThere(): Promise<OptiplyOrder[]>;
  /** the id in Optiply of an item or a vendor */
  idThere(flow: "products" | "suppliers", sourceId: string): Promise<number>;
  /** places orders in Optiply as a person does: with the potters, two mugs for 9.00. @returns their ids */
  place(...orders: readonly Fields[]): Promise<string[]>;
  /** the purchase orders with this reference */
  exported(reference: string): Promise<readonly Fields[]>;
  change(purchaseOrder: string, changes: Fields): Promise<void>;
  imported(purchaseOrder: string): Promise<RecordView>;
  sent(optiplyOrder: string): Promise<RecordView>;
}

/** Opens the stage and links vendors and items. */
export async function openBuying(given: StageOptions = {}): Promise<Buying> {
  // Doubtful purchase orders are given up soon, because the stand-in works at once.
  const zohoSettings = { longestWorkMs: 100, ...given.zohoSettings };
  const stage = await openStage({ flavour: "full", ...given, zohoSettings });
  const contacts = await stage.shop.add("zoho-books/contacts", [
    vendor(),
    vendor({ contact_name: "Weavers of Ghent" }),
  ]);
  const [potters = "", weavers = ""] = contacts.map(vendorId);
  const items = await stage.shop.add("zoho-books/items", [
    item({ purchase_rate: 4 }),
    item({ name: "Plate", sku: "PLATE", purchase_rate: 7 }),
  ]);
  const [mug = "", plate = ""] = items.map(itemId);
  await stage.sync();
  await stage.resetCalls();
  return { stage, potters, weavers, mug, plate, ...words(stage, { potters, mug }) };
}

function words(stage: Stage, { potters, mug }: { potters: string; mug: string }) {
  const idThere: Buying["idThere"] = async (flow, sourceId) => Number((await stage.record(flow, sourceId)).targetId);
  const ordersThere: Buying["ordersThere"] = async () => {
    const [orders, lines] = [await stage.inOptiply("buyOrders"), await stage.inOptiply("buyOrderLines")];
    const names = new Map((await stage.inOptiply("products")).map(({ id, name }) => [String(id), String(name)]));
    return orders.map((one) => ({
      ...one,
      id: String(one.id),
      lines: lines
        .filter(({ buyOrderId }) => String(buyOrderId) === String(one.id))
        .map((line) => `${names.get(String(line.productId))} ${line.quantity} ${line.subtotalValue}`)
        .sort(),
    }));
  };
  const there: Buying["there"] = async (id) => {
    const [one, ...others] = (await ordersThere()).filter((order) => remoteId(order) === id);
    if (others.length > 0) throw new Error(`${1 + others.length} orders of Optiply carry ${id}`);
    return one ?? null;
  };
  return {
    buy: async (...orders: readonly Fields[]) => {
      const stored = await stage.shop.add(
        "zoho-books/purchaseorders",
        (orders.length === 0 ? [{}] : orders).map((fields) =>
          purchaseOrder([{ item_id: mug, quantity: 2, rate: 4 }], { vendor_id: potters, ...fields }),
        ),
      );
      return stored.map(purchaseOrderId);
    },
    there,
    mustBeThere: async (id: string) => {
      const one = await there(id);
      if (one === null) throw new Error(`no order of Optiply carries ${id}`);
      return one;
    },
    ordersThere,
    idThere,
    place: async (...orders: readonly Fields[]) => {
      const [supplierId, productId] = [await idThere("suppliers", potters), await idThere("products", mug)];
      const orderLines = [{ productId, quantity: 2, subtotalValue: "9.00" }];
      const placed = { supplierId, placed: "2026-04-01T10:00:00Z", totalValue: "9.00", orderLines };
      const stored = await stage.shop.add(
        "optiply/buyOrders",
        (orders.length === 0 ? [{}] : orders).map((fields) => ({ ...placed, ...fields })),
      );
      return stored.map(({ id }) => String(id));
    },
    exported: async (reference: string) =>
      (await stage.shop.all("zoho-books/purchaseorders")).filter((one) => one.reference_number === reference),
    change: (id: string, changes: Fields) => stage.shop.change("zoho-books/purchaseorders", id, changes),
    imported: (id: string) => recordOf(stage, "buy-orders", id),
    sent: (id: string) => recordOf(stage, "buy-orders-export", id),
  };
}

/** The record with this source id; ids stand in labels and on other sides too. */
async function recordOf(stage: Stage, flow: string, id: string): Promise<RecordView> {
  const one = (await stage.records({ flow, text: id })).find(({ sourceId }) => sourceId === id);
  if (one === undefined) throw new Error(`there is no record ${id} of ${flow}`);
  return one;
}

/** An instant of Zoho Books as Optiply keeps it. */
export function inUtc(zohoTime: unknown): string {
  return new Date(String(zohoTime)).toISOString().replace(".000Z", "Z");
}
