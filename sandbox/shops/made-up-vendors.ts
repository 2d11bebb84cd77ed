import type { Fields } from "../wire.ts";
import type { MadeUp } from "./made-up-items.ts";

/** A vendor, and what happens to it once items and orders name it. */
export interface MadeUpVendor extends MadeUp {
  readonly afterwards?: { readonly change: Fields } | "deleted";
}

/** Every oddity that a vendor can have, each once. The keys are what items and purchase orders refer to. */
export function oddVendors(): MadeUpVendor[] {
  // biome-ignore format: a table
  return [
    { key: "dollars", oddity: "vendor of another currency", fields: vendor("Delta Imports", { currency_code: "USD", email: "orders@delta.example" }) },
    { key: "inactive", oddity: "vendor that became inactive", fields: vendor("Retired Potteries", { email: "old@potteries.example" }), afterwards: { change: { status: "inactive" } } },
    { key: "customer", oddity: "vendor that became a customer", fields: vendor("Both Ways Trading", { email: "both@ways.example" }), afterwards: { change: { contact_type: "customer" } } },
    { key: "deleted", oddity: "vendor that was deleted after use", fields: vendor("Gone Glassworks", { email: "gone@glass.example" }), afterwards: "deleted" },
    { key: "no-email", oddity: "vendor without an email", fields: vendor("Quiet Linen", { email: "" }) },
    { key: "wrong-email", oddity: "vendor whose email is no address", fields: vendor("Telephone Candles", { email: "call us" }) },
    { key: "arabic", oddity: "vendor with an Arabic name", fields: vendor("مورد الأمثلة", { email: "supply@amthila.example" }) },
    { key: "twin-1", oddity: "vendor whose name another has too", fields: vendor("Twin Supplies", { email: "north@twin.example" }) },
    { key: "twin-2", oddity: "vendor whose name another has too", fields: vendor("Twin Supplies", { email: "south@twin.example" }) },
    { key: "nameless", oddity: "vendor without a name", fields: vendor("", { email: "nobody@nameless.example" }) },
  ];
}

/** An ordinary vendor. */
export function plainVendor(number: number): MadeUpVendor {
  const name = `Made-up Supplies ${String(number).padStart(3, "0")}`;
  return { key: `plain-${number}`, fields: vendor(name, { email: `orders-${number}@supplies.example` }) };
}

function vendor(contact_name: string, more: Fields): Fields {
  return { contact_name, contact_type: "vendor", ...more };
}
