import { optiplyVendor } from "./optiply/vendor.ts";
import { qoyodVendor } from "./qoyod/vendor.ts";
import { sallaVendor } from "./salla/vendor.ts";
import type { Vendor } from "./vendor.ts";
import { zohoBooksVendor } from "./zoho-books/vendor.ts";

/** The list of stand-in vendors. A vendor is one folder and one row here. */
export const vendors = {
  "zoho-books": zohoBooksVendor,
  optiply: optiplyVendor,
  salla: sallaVendor,
  qoyod: qoyodVendor,
} as const satisfies Record<string, Vendor>;

type Vendors = typeof vendors;
export type VendorName = keyof Vendors;

export const vendorNames = Object.keys(vendors) as VendorName[];

/** The servers that a client can reach. */
export type Door = Vendors[VendorName]["doors"][number];

/** Each vendor at work, by name. */
export type OpenVendors = { readonly [Name in VendorName]: ReturnType<Vendors[Name]["open"]> };

/** What each vendor tells a client, by name. */
export type VendorAddresses = { readonly [Name in VendorName]: ReturnType<Vendors[Name]["addresses"]> };

export type VendorCredentials = { readonly [Name in VendorName]: Vendors[Name]["credentials"] };

/** The same for every vendor of the list. */
export function eachVendor<Value>(make: (vendor: Vendor, name: VendorName) => Value): Record<VendorName, Value> {
  return Object.fromEntries(vendorNames.map((name) => [name, make(vendors[name], name)])) as Record<VendorName, Value>;
}
