import type { Choice } from "../../core/connector.ts";
import type { ChosenOption, IntegrationKind } from "../../core/flow.ts";
import { besideNativeLink } from "./beside-native-link.ts";
import { bundleSettings, chosenBundles } from "./bundles.ts";
import { calibration } from "./calibration.ts";
import { customers } from "./customers.ts";
import { openingCounts } from "./opening-counts.ts";
import { type SallaQoyodOptions, sallaQoyodOptions } from "./options.ts";
import { orders } from "./orders.ts";
import { payments } from "./payments.ts";
import { products } from "./products.ts";
import { proposalSets, proposeOptions } from "./propose.ts";
import { refunds } from "./refunds.ts";
import { stock } from "./stock.ts";

const flows = [customers, products, openingCounts, orders, payments, refunds, stock];

/** Salla ↔ Qoyod (seed document "How Qoyod and Salla Synchronization Works"). */
export const sallaQoyod: IntegrationKind = {
  name: "salla-qoyod",
  title: "Salla ↔ Qoyod",
  source: "salla",
  target: "qoyod",
  options: sallaQoyodOptions,
  flavours: { standard: flows.map(({ name }) => name) },
  flows,
  overlay: (options) => ({ source: { bundles: bundleSettings(options) }, target: {} }),
  inherited: ({ source: { facts, settings } }) => ({
    merchantId: typeof facts.merchantId === "string" ? facts.merchantId : "",
    deducts: settings.deducts === "paid" ? "paid" : "placed",
    restocks: settings.restocksOnCancel !== false,
  }),
  conflict: (options) => {
    const pairs = (options as SallaQoyodOptions).branches.map((pair) => pair.split("="));
    for (const [at, what, once] of [
      [0, "branch", "each branch has one location"],
      [1, "location", "each location counts for one branch"],
    ] as const) {
      const names = pairs.map((pair) => pair[at]?.trim());
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice !== undefined)
        return { option: "branches", message: `branches names the ${what} ${twice} twice; ${once}` };
    }
    return null;
  },
  setUp: { sets: proposalSets, propose: proposeOptions, calibration, beside: besideNativeLink },
  chosen: (options) => {
    const { locationId, branches, salesAccountId, costAccountId, openingBalanceAccountId, paymentAccounts, ...rest } =
      options as SallaQoyodOptions;
    const inQoyod = (option: string, set: string, entries: readonly (string | undefined)[]) => ({
      option,
      side: "target" as const,
      set,
      entries: entries.filter((entry) => entry !== undefined),
      names: false,
      unknown: "refuse" as const,
    });
    const first = (pairs: readonly string[]) => pairs.map((pair) => pair.split("=")[0]);
    const second = (pairs: readonly string[]) => pairs.map((pair) => pair.split("=")[1]);
    return [
      inQoyod("locationId", "locations", [locationId]),
      { ...inQoyod("branches", "branches", first(branches)), side: "source" as const },
      inQoyod("branches", "locations", second(branches)),
      inQoyod("salesAccountId", "accounts", [salesAccountId]),
      inQoyod("costAccountId", "accounts", [costAccountId]),
      inQoyod("openingBalanceAccountId", "accounts", [openingBalanceAccountId]),
      inQoyod("countLossAccountId", "accounts", [rest.countLossAccountId]),
      inQoyod("paymentAccounts", "accounts", second(paymentAccounts)),
      inQoyod("unitTypeId", "units", [rest.unitTypeId]),
      inQoyod("categoryId", "categories", [rest.categoryId]),
      inQoyod("standardTaxId", "taxes", [rest.standardTaxId]),
      inQoyod("zeroTaxId", "taxes", [rest.zeroTaxId]),
      ...oneOf("cashCustomerId", "contact", rest.cashCustomerId),
      ...oneOf("shippingProductId", "product", rest.shippingProductId),
      ...oneOf("codProductId", "product", rest.codProductId),
      ...chosenBundles(rest),
    ];
  },
};

/** A contact or a product that must be there; a fee is no product whose quantity falls with each order. */
function oneOf(option: string, what: "contact" | "product", id: string | undefined): readonly ChosenOption[] {
  if (id === undefined) return [];
  const set = `${what}/${id}`;
  const chosen = { option, side: "target", set, entries: [id], names: false, unknown: "refuse" } as const;
  const refused = ([found]: readonly Choice[]) => {
    if (found === undefined) return `${id} is no active ${what} of Qoyod`;
    if (found.kind !== "tracked") return null;
    return `${id} (${found.name}) is a product whose quantity Qoyod counts; allowed: a service`;
  };
  return [{ ...chosen, refused }];
}
