import {
  type Attribute,
  emails,
  flag,
  instant,
  integer,
  orderValue,
  price,
  readOnly,
  reference,
  required,
  text,
  word,
} from "./attributes.ts";

/** One resource: its attributes, what must be unique, and whether it takes order lines. */
export interface Resource {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly uniquePair?: readonly [string, string];
  /** The resource of `orderLines`, and the attribute there that names this order. */
  readonly lines?: { readonly resource: ResourceName; readonly parent: string };
  readonly relationships: readonly string[];
}

const STOCK_CAP = 9_999_999;
const switchedOn = word("enabled", "disabled");
const line = {
  productId: required(reference("products")),
  quantity: required(integer()),
  subtotalValue: required(orderValue),
};

const accounts: Resource = { attributes: { name: text(), email: text() }, relationships: [] };

const products: Resource = {
  attributes: {
    name: required(text()),
    stockLevel: required(integer(-STOCK_CAP, STOCK_CAP)),
    unlimitedStock: required(flag),
    skuCode: text(),
    eanCode: text(),
    articleCode: text(),
    price,
    status: switchedOn,
    assembled: flag,
    notBeingBought: flag,
    resumingPurchase: text(),
    minimumStock: integer(),
    maximumStock: integer(),
    ignored: flag,
    manualServiceLevel: text(),
    createdAtRemote: instant,
    stockMeasurementUnit: text(10),
    novel: readOnly(flag),
    category: readOnly(text()),
  },
  relationships: ["supplierProducts"],
};

const suppliers: Resource = {
  attributes: {
    name: required(text()),
    emails,
    deliveryTime: integer(1, 365),
    userReplenishmentPeriod: integer(1, 365),
    minimumOrderValue: price,
    fixedCosts: price,
    type: word("vendor", "producer"),
    globalLocationNumber: text(13),
    ignored: flag,
    maxLoadCapacity: integer(),
    containerVolume: integer(),
    reactingToLostSales: flag,
    backorders: flag,
    lostSalesReaction: integer(0, 1),
    lostSalesMovReaction: integer(0, 1),
    backordersReaction: integer(0, 1),
    backorderThreshold: integer(),
    currency: text(3),
  },
  relationships: ["supplierProducts", "buyOrders", "account"],
};

const supplierProducts: Resource = {
  attributes: {
    name: required(text()),
    productId: required(reference("products", true)),
    supplierId: required(reference("suppliers", true)),
    skuCode: text(),
    eanCode: text(),
    articleCode: text(),
    price,
    minimumPurchaseQuantity: integer(1),
    lotSize: integer(1),
    deliveryTime: integer(1),
    preferred: flag,
    status: switchedOn,
    freeStock: integer(0),
    availability: flag,
    availabilityDate: instant,
    weight: price,
    volume: price,
    notBeingBought: flag,
    resumingPurchase: text(),
    costPrice: price,
    discountPrice: price,
    secondaryCurrencyPrice: price,
    economicOrderQuantity: integer(),
  },
  uniquePair: ["supplierId", "productId"],
  relationships: ["product", "supplier"],
};

const sellOrders: Resource = {
  attributes: { placed: required(instant), totalValue: required(orderValue), completed: instant },
  lines: { resource: "sellOrderLines", parent: "sellOrderId" },
  relationships: ["sellOrderLines", "account"],
};

const sellOrderLines: Resource = {
  attributes: { sellOrderId: required(reference("sellOrders", true)), ...line },
  relationships: ["product", "sellOrder"],
};

const buyOrders: Resource = {
  attributes: {
    placed: required(instant),
    totalValue: required(orderValue),
    supplierId: required(reference("suppliers")),
    completed: instant,
    expectedDeliveryDate: instant,
    assembly: flag,
  },
  lines: { resource: "buyOrderLines", parent: "buyOrderId" },
  relationships: ["supplier", "account", "buyOrderLines"],
};

const buyOrderLines: Resource = {
  attributes: {
    buyOrderId: required(reference("buyOrders", true)),
    ...line,
    expectedDeliveryDate: instant,
    productUuid: text(),
  },
  relationships: ["product", "receiptLines", "buyOrder"],
};

const receiptLines: Resource = {
  attributes: {
    buyOrderLineId: required(reference("buyOrderLines", true)),
    quantity: required(integer()),
    occurred: required(instant),
  },
  relationships: ["buyOrderLine"],
};

const productCompositions: Resource = {
  attributes: {
    composedProductId: required(reference("products", true)),
    partProductId: required(reference("products", true)),
    partQuantity: required(integer(1)),
    batchQuantity: integer(),
  },
  uniquePair: ["composedProductId", "partProductId"],
  relationships: [],
};

const promotions: Resource = {
  attributes: {
    name: required(text()),
    startDate: instant,
    endDate: instant,
    upliftType: text(),
    upliftIncrease: integer(),
    enabled: flag,
    entireShop: flag,
    productCount: readOnly(integer()),
  },
  relationships: ["promotionProducts"],
};

const promotionProducts: Resource = {
  attributes: {
    promotionId: required(reference("promotions", true)),
    productId: required(reference("products", true)),
    specificUpliftType: text(),
    specificUpliftIncrease: integer(),
  },
  relationships: ["promotion", "product"],
};

/** Optiply page, section 4: all resources of the public API. There is no stocks endpoint. */
const resources = {
  accounts,
  products,
  suppliers,
  supplierProducts,
  sellOrders,
  sellOrderLines,
  buyOrders,
  buyOrderLines,
  receiptLines,
  productCompositions,
  promotions,
  promotionProducts,
} as const;

export type ResourceName =
  | "accounts"
  | "products"
  | "suppliers"
  | "supplierProducts"
  | "sellOrders"
  | "sellOrderLines"
  | "buyOrders"
  | "buyOrderLines"
  | "receiptLines"
  | "productCompositions"
  | "promotions"
  | "promotionProducts";

export function isResourceName(name: string): name is ResourceName {
  return Object.hasOwn(resources, name);
}

/** The resource, with its general type. */
export function resourceOf(name: ResourceName): Resource {
  return resources[name];
}

export const resourceNames: readonly ResourceName[] = Object.keys(resources).filter(isResourceName);
