/** Orders of which some lines are bundles. */
import fc from "fast-check";
import type { BundlePart, Order } from "../../src/connectors/salla/index.ts";
import type { SallaOrder } from "../../src/flows/salla-qoyod/order-amounts-reading.ts";

const part = fc.record({
  quantity: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
  price: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(null, "0") },
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 90_000 }).map((halalas) => (halalas / 100).toFixed(2)) },
  ),
});

/** What each of the lines of an order consists of; null where it is no bundle. */
export const bundled = fc.array(fc.oneof(fc.constant(null), fc.array(part, { minLength: 1, maxLength: 4 })), {
  minLength: 7,
  maxLength: 7,
});

type Bundled = ReadonlyArray<ReadonlyArray<Pick<BundlePart, "quantity" | "price">> | null>;

/** The order with its lines as the connector reads them, as far as amounts need it. */
export function withParts(order: SallaOrder, bundles: Bundled): Order {
  const items = order.items.map((item, at) => ({
    ...{ ...item, id: `i${at}`, product_id: null, options: [], unit: `${at}` },
    parts:
      bundles[at]?.map(
        (one, place): BundlePart => ({
          ...one,
          ...{ sku: `PART-${at}-${place}`, unit: `${at}${place}`, holders: [], type: null },
        }),
      ) ?? null,
  }));
  const exchange_rate = { base_currency: "SAR", exchange_currency: "", rate: "3.7512" };
  return { ...order, id: "1", items, exchange_rate } as unknown as Order;
}
