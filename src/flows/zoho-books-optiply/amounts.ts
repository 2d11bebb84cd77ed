/** Amounts of orders: their bounds, their currency and its rate. */
import { readAmount } from "../../core/conversions.ts";
import { type Decimal, decimal, type Money } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { ZohoBooksOptiplySettings } from "./options.ts";

/** Order values have at most 17 whole digits (Optiply reference, 4.8). */
export const orderAmounts = { minimum: "-99999999999999999.99", maximum: "99999999999999999.99" };

/** An order without a currency of its own is in the organisation's. */
export function amountIn(amount: Decimal | null, currency: string | undefined): Money | null {
  return amount === null ? null : { amount, currency: currency || "" };
}

/**
 * What one unit of an order's currency is worth in the organisation's.
 * @throws {RecordRejected} where a foreign order has no rate: an amount in the wrong currency must not be sent.
 */
export function exchangeRateOf(
  source: { readonly exchange_rate?: unknown; readonly currency_code?: string | undefined },
  { organisationCurrency }: ZohoBooksOptiplySettings,
): Decimal {
  const field = "exchange_rate";
  const rate = readAmount(source.exchange_rate, field);
  if (rate === null) {
    const own = organisationCurrency !== "" && (source.currency_code || organisationCurrency) === organisationCurrency;
    if (own) return decimal(1);
    throw new RecordRejected("field-missing", { field });
  }
  if (rate.gt(0)) return rate;
  throw new RecordRejected("field-invalid", { field, value: rate.toFixed(), allowed: "more than 0" });
}
