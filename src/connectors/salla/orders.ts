import { z } from "zod";
import type { DecimalText } from "../../core/conversions.ts";
import {
  decimalText,
  moneyText,
  optionalDecimal,
  optionalFlag,
  optionalId,
  optionalList,
  optionalMoment,
  optionalMoney,
  optionalObject,
  optionalText,
  recordId,
} from "./fields.ts";
import { e164 } from "./phone.ts";

/** An amount as exact decimal text with its currency (ISO 4217). */
export interface AmountText {
  readonly amount: DecimalText;
  readonly currency: string;
}

/** A status: `slug` is the stable key, `name` what the merchant calls it. */
export interface OrderStatus {
  /** of Salla's own status; one that the merchant added has that of the one it stands under */
  readonly id: string | null;
  /** of the merchant's own row for it, which alone tells an added status from the one it stands under */
  readonly customized_id: string | null;
  /** "" where Salla sends none */
  readonly slug: string;
  readonly name: string;
}

/** An order as the list carries it: no SKU and no price. */
export interface OrderRow {
  readonly id: string;
  readonly reference_id: string;
  /** when it was placed, milliseconds since 1970 */
  readonly date: number | null;
  /** when it last changed, milliseconds since 1970; null where the rows of this store do not carry it */
  readonly updated_at: number | null;
  readonly status: OrderStatus;
  readonly total: AmountText | null;
}

export interface OrderDiscount {
  readonly title: string;
  /** seen: normal, special, loyalty_prize */
  readonly type: string;
  readonly code: string;
  readonly discount: DecimalText;
  readonly discounted_shipping: DecimalText;
}

/** The amounts of an order: everything before `tax` is without VAT. */
export interface OrderAmounts {
  readonly sub_total: AmountText;
  readonly shipping_cost: AmountText;
  readonly cash_on_delivery: AmountText;
  readonly tax: { readonly percent: DecimalText; readonly amount: AmountText };
  readonly discounts: readonly OrderDiscount[];
  readonly total: AmountText;
}

/** Who ordered. A guest may have no id and no name. */
export interface OrderCustomer {
  readonly id: string | null;
  readonly name: string;
  /** E.164; null where it cannot be told */
  readonly phone: string | null;
  readonly email: string;
  readonly tax_number: string | null;
}

/** Who gets the goods. */
export interface OrderReceiver {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string;
}

/** How an order in another currency is reckoned. */
export interface ExchangeRate {
  readonly base_currency: string;
  readonly exchange_currency: string;
  readonly rate: DecimalText;
}

/** A stock-keeping unit that a line's SKU names: a product, or one of its variants. */
export interface UnitHolder {
  /** `<product id>` or `<product id>-<variant id>` */
  readonly unit: string;
  readonly sku: string;
  readonly name: string;
}

/** What one piece of a bundle holds of a unit, by the setting `bundles`. */
export interface BundlePart {
  readonly sku: string;
  /** whole, above 0 */
  readonly quantity: number;
  /** the one unit with this SKU; null where none or several hold it */
  readonly unit: string | null;
  readonly holders: readonly UnitHolder[];
  /** product, service, …; null where the unit is not known */
  readonly type: string | null;
  /** of the catalogue, for one unit; null where it has none */
  readonly price: DecimalText | null;
}

/** A line of an order. */
export interface OrderItem {
  readonly id: string;
  readonly name: string;
  /** exactly as Salla has it; "" where it is empty or only blanks */
  readonly sku: string;
  readonly quantity: DecimalText;
  /** product, service, group_products, codes, digital, …; null where Salla does not say */
  readonly product_type: string | null;
  readonly product_id: string | null;
  readonly variant_id: string | null;
  readonly amounts: {
    /** of one unit, without VAT */
    readonly price_without_tax: AmountText;
    /** of the whole line */
    readonly total_discount: AmountText;
    /** `amount` of the whole line */
    readonly tax: { readonly percent: DecimalText; readonly amount: AmountText };
    /** means different things at different times: never the truth */
    readonly total: AmountText | null;
  };
  readonly options: readonly { readonly name: string; readonly value: string }[];
  /** the one unit that the line sold; null where none or several hold its SKU */
  readonly unit: string | null;
  /** all units that may be meant: one where it is sure */
  readonly holders: readonly UnitHolder[];
  /** what one piece consists of; null where it is no bundle, or nobody says what it consists of */
  readonly parts: readonly BundlePart[] | null;
}

/** An order in full. */
export interface Order extends OrderRow {
  readonly payment_method: string;
  readonly currency: string;
  readonly exchange_rate: ExchangeRate | null;
  readonly amounts: OrderAmounts;
  readonly customer: OrderCustomer | null;
  readonly receiver: OrderReceiver | null;
  /** the one branch that serves it; null where Salla names none or several */
  readonly branch_id: string | null;
  /** every branch that Salla names */
  readonly branches: readonly string[];
  readonly source: string;
  readonly is_pending_payment: boolean | null;
  /** when it was completed for the first time, milliseconds since 1970; in few answers */
  readonly first_complete_at: number | null;
  readonly items: readonly OrderItem[];
}

const status = z
  .union([
    z.object({
      id: optionalId,
      name: optionalText,
      slug: optionalText,
      customized: optionalObject(z.object({ id: optionalId, name: optionalText })),
    }),
    z.string().transform((name) => ({ id: null, name, slug: "", customized: null })),
  ])
  .transform(
    ({ id, slug, name, customized }): OrderStatus => ({
      id,
      customized_id: customized?.id ?? null,
      slug,
      name: customized?.name ? customized.name : name,
    }),
  );

const rowFields = {
  id: recordId,
  reference_id: recordId,
  date: optionalMoment,
  updated_at: optionalMoment,
  status,
};

/** A row of `GET /orders`. */
export const orderRow: z.ZodType<OrderRow> = z.object({ ...rowFields, total: optionalMoney });

const customer = z
  .object({
    id: optionalId,
    name: optionalText,
    full_name: optionalText,
    first_name: optionalText,
    last_name: optionalText,
    mobile: optionalText,
    mobile_code: optionalText,
    email: optionalText,
    tax_number: optionalText,
    vat_number: optionalText,
  })
  .transform((given): OrderCustomer => {
    const joined = `${given.first_name.trim()} ${given.last_name.trim()}`.trim();
    const taxNumber = given.tax_number.trim() || given.vat_number.trim();
    return {
      id: given.id,
      name: joined || given.name.trim() || given.full_name.trim(),
      phone: e164(given.mobile, given.mobile_code),
      email: given.email.trim(),
      tax_number: taxNumber === "" ? null : taxNumber,
    };
  });

/** A customer, as orders carry it and as `GET /customers/{id}` gives it. */
export const customerFields: z.ZodType<OrderCustomer> = customer;

const receiver = z
  .object({ name: optionalText, phone: optionalText, email: optionalText })
  .transform(
    ({ name, phone, email }): OrderReceiver => ({ name: name.trim(), phone: e164(phone), email: email.trim() }),
  );

const tax = z.object({ percent: optionalDecimal, amount: optionalMoney });
const branchOf = z.union([z.object({ id: optionalId }).transform(({ id }) => id), optionalId]);

/** An order as `GET /orders/{id}` gives it, in its light and its full form: everything but its lines. */
export const orderDetail = z.object({
  ...rowFields,
  payment_method: optionalText,
  currency: optionalText,
  exchange_rate: optionalObject(
    z.object({ base_currency: optionalText, exchange_currency: optionalText, rate: decimalText }),
  ),
  amounts: z.object({
    sub_total: moneyText,
    shipping_cost: optionalMoney,
    cash_on_delivery: optionalMoney,
    tax: optionalObject(tax),
    discounts: optionalList(
      z.object({
        title: optionalText,
        type: optionalText,
        code: optionalText,
        discount: optionalDecimal,
        discounted_shipping: optionalDecimal,
      }),
    ),
    total: moneyText,
  }),
  customer: optionalObject(customer),
  company: optionalObject(z.object({ tax_number: optionalText })),
  receiver: optionalObject(receiver),
  branch_id: optionalId,
  branch: optionalObject(branchOf),
  pickup_branch: optionalObject(branchOf),
  shipment_branch: optionalList(branchOf),
  shipments: optionalList(z.object({ branch_id: optionalId, branch: optionalObject(branchOf) })),
  source: optionalText,
  is_pending_payment: optionalFlag,
  first_complete_at: optionalMoment,
});

/** A line as `GET /orders/items` gives it. */
export const orderItem = z.object({
  id: recordId,
  name: optionalText,
  sku: optionalText,
  quantity: decimalText,
  currency: optionalText,
  product_type: optionalText,
  product_id: optionalId,
  product_sku_id: optionalId,
  variant_id: optionalId,
  product: optionalObject(z.object({ id: optionalId, type: optionalText })),
  amounts: z.object({
    price_without_tax: moneyText,
    total_discount: optionalMoney,
    tax: optionalObject(tax),
    total: optionalMoney,
  }),
  options: optionalList(z.object({ name: optionalText, value: z.unknown().optional() })),
});
