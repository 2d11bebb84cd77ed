import { compare, decimalText, parseDecimal } from "../decimal.ts";
import type { Order } from "./shop.ts";

/**
 * Whether an order passes the rule of a subscription: `total > 100`, `payment_method = mada OR branch_id = 5`. AND binds
 * closer than OR. Without a rule, or for an event without an order, everything passes; what cannot be read passes nothing.
 */
export function passesRule(rule: string, order: Order | undefined): boolean {
  if (rule.trim() === "" || order === undefined) return true;
  return rule.split(/\s+OR\s+/i).some((part) => part.split(/\s+AND\s+/i).every((one) => passesOne(one.trim(), order)));
}

function passesOne(condition: string, order: Order): boolean {
  const [, name = "", operator = "", wanted = ""] = /^(\w+)\s*(!=|>=|<=|=|>|<)\s*(.+)$/.exec(condition) ?? [];
  const value = attributesOf(order)[name];
  if (value === undefined) return false;
  if (operator === "=") return value === wanted.trim();
  if (operator === "!=") return value !== wanted.trim();
  const [left, right] = [parseDecimal(value), parseDecimal(wanted)];
  if (left === undefined || right === undefined) return false;
  const side = compare(left, right);
  return operator === ">" ? side > 0 : operator === "<" ? side < 0 : operator === ">=" ? side >= 0 : side <= 0;
}

function attributesOf(order: Order): Readonly<Record<string, string>> {
  const { id, referenceId, amounts, paymentMethod, statusId, branchId } = order;
  return {
    id: String(id),
    reference_id: String(referenceId),
    total: decimalText(amounts.total),
    sub_total: decimalText(amounts.subTotal),
    payment_method: paymentMethod,
    status_id: String(statusId),
    branch_id: String(branchId ?? ""),
    coupon_code: amounts.discounts.find(({ code }) => code !== null)?.code ?? "",
  };
}
