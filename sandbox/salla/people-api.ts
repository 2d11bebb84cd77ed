import type { Fields, WireResponse } from "../wire.ts";
import { type Call, missing } from "./call.ts";
import { customerData } from "./customers.ts";
import { success } from "./envelope.ts";
import { listPage } from "./list-page.ts";
import type { Branch } from "./shop.ts";

export function listCustomers(call: Call): WireResponse {
  const all = [...call.shop.customers.values()].reverse();
  return listPage(call, all, customerData);
}

export function readCustomer(call: Call, id: string): WireResponse {
  const customer = call.shop.customers.get(Number(id));
  return customer === undefined ? missing(call) : success(200, customerData(customer));
}

export function listBranches(call: Call): WireResponse {
  return listPage(call, [...call.shop.branches.values()], branchData);
}

/** `GET /taxes`: `{id, tax, status, country}`. */
export function listTaxes({ shop }: Call): WireResponse {
  return success(200, shop.taxes);
}

export function branchData({ id, fields }: Branch): Fields {
  return { id, name: "", status: "active", is_default: false, ...fields };
}
