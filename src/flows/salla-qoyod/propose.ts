/** Which settings are proposed to a merchant, by what Salla and Qoyod have to choose from (product.md, 1). */
import type { Choice } from "../../core/connector.ts";
import type { ChoicesOf, ProposedOption, SetUp, Words } from "../../core/set-up.ts";
import { proposedBundles } from "./bundles.ts";

/** SKUs under which a service for shipping, or for cash on delivery, is looked for. */
const shippingSkus = ["SHIPPING", "SHIPP", "SHIP", "DELIVERY"] as const;
const codSkus = ["COD", "CASH-ON-DELIVERY", "COD-FEE"] as const;
/** Parts of names under which the contact of orders without a customer is looked for. */
const cashNames = ["نقدي", "cash"] as const;
const isCashCustomer = /عميل\s*نقدي|العميل\s*النقدي|cash\s*(customer|client|sale)/i;

/** The sets that are read for a proposal; branches only where the authorisation may see them. */
export const proposalSets: SetUp["sets"] = ({ source }) => ({
  source: ["payment-methods", "bundles", ...(source.branchesScope === true ? ["branches"] : [])],
  target: [
    ...["locations", "accounts", "units", "categories", "taxes"],
    ...cashNames.map((name) => `contacts/${name}`),
    ...[...shippingSkus, ...codSkus].map((sku) => `products/${sku}`),
  ],
});

/** Every option that the set-up needs, with why; one that cannot be told has no value. */
export function proposeOptions(choices: ChoicesOf): readonly ProposedOption[] {
  const accounts = choices("target", "accounts");
  const all = (set: string) => choices("target", set);
  const locations = all("locations");
  return [
    chosen("locationId", only(locations, ({ kind }) => kind === "default") ?? only(locations), {
      found: { en: "the location {name} of Qoyod", ar: "الموقع {name} في قيود" },
      none: several(locations, "locations", "المواقع"),
    }),
    ...branchesOf(choices("source", "branches")),
    ...proposedBundles(choices("source", "bundles")),
    chosen("salesAccountId", account(accounts, /^(sales?|revenue|income)$/i, /sale|مبيعات/i), {
      found: { en: "the sales account {name}", ar: "حساب المبيعات {name}" },
      none: several(accounts, "accounts of the type Sale", "حسابات المبيعات"),
    }),
    chosen(
      "costAccountId",
      account(accounts, /^(direct\s?cost|cost\s?of\s?(goods\s?)?sales?)$/i, /cost of goods|تكلفة/i),
      {
        found: { en: "the account of direct cost {name}", ar: "حساب التكلفة المباشرة {name}" },
        none: several(accounts, "accounts of the type DirectCost", "حسابات التكلفة المباشرة"),
      },
    ),
    chosen("openingBalanceAccountId", account(accounts, /^equity$/i, /opening|افتتاحي/i), {
      found: { en: "the opening-balance account {name}", ar: "حساب الأرصدة الافتتاحية {name}" },
      none: several(accounts, "accounts of the type Equity", "حسابات حقوق الملكية"),
    }),
    chosen(
      "unitTypeId",
      only(all("units"), ({ name }) => /piece|unit|حبة|قطعة|وحدة/i.test(name)) ?? only(all("units")),
      {
        found: { en: "the unit {name}", ar: "الوحدة {name}" },
        none: several(all("units"), "units", "الوحدات"),
      },
    ),
    chosen(
      "categoryId",
      only(all("categories"), ({ name }) => /salla|سل[ةه]|general|عام/i.test(name)) ?? only(all("categories")),
      {
        found: { en: "the category {name}", ar: "التصنيف {name}" },
        none: several(all("categories"), "categories", "التصنيفات"),
      },
    ),
    ...taxesOf(all("taxes")),
    chosen("cashCustomerId", cashCustomer(cashNames.flatMap((name) => all(`contacts/${name}`))), {
      found: { en: "the contact {name}, for orders without a customer", ar: "جهة الاتصال {name} للطلبات بلا عميل" },
      none: {
        en: "no single contact is named like a cash customer; make one in Qoyod, such as عميل نقدي",
        ar: "لا توجد جهة اتصال واحدة باسم عميل نقدي؛ أنشئها في قيود",
      },
    }),
    fee("shippingProductId", shippingSkus, all, { en: "shipping", ar: "الشحن" }),
    fee("codProductId", codSkus, all, { en: "the fee for cash on delivery", ar: "رسوم الدفع عند الاستلام" }),
    paymentsOf(choices("source", "payment-methods"), accounts),
    {
      option: "rounding",
      value: null,
      why: {
        en: "`mizan calibrate` finds it by a draft invoice that is deleted again",
        ar: "يجدها الأمر mizan calibrate بمسودة فاتورة تُحذف بعد ذلك",
      },
    },
  ];
}

function chosen(option: string, found: Choice | null, words: { found: Words; none: Words }): ProposedOption {
  if (found === null) return { option, value: null, why: words.none };
  const named = (text: string) => text.replace("{name}", found.name || found.id);
  return { option, value: found.id, why: { en: named(words.found.en), ar: named(words.found.ar) } };
}

/** The one member that fits; null for none or several. */
function only(all: readonly Choice[], fits: (one: Choice) => boolean = () => true): Choice | null {
  const found = [...new Map(all.filter(fits).map((one) => [one.id, one])).values()];
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The account of a type; of several, the one that is named for it. */
function account(accounts: readonly Choice[], type: RegExp, name: RegExp): Choice | null {
  const ofType = accounts.filter(({ kind }) => type.test(kind.trim()));
  const named = only(ofType, (one) => name.test(one.name)) ?? only(ofType);
  // Where only the roll-up of the type is told, the name alone must do.
  return named ?? (ofType.length === 0 ? only(accounts, (one) => name.test(one.name)) : null);
}

function several(all: readonly Choice[], en: string, ar: string): Words {
  const list = all.slice(0, 10).map(({ id, name }) => `${id} ${name}`.trim());
  const names = list.join(", ") || "–";
  return { en: `choose one of the ${en} yourself: ${names}`, ar: `اختر بنفسك من ${ar}: ${names}` };
}

/** A store with one branch, or none, has one stock. */
function branchesOf(branches: readonly Choice[]): readonly ProposedOption[] {
  if (branches.length < 2) return [];
  const names = branches.map(({ id, name }) => `${id} ${name}`.trim()).join(", ");
  return [
    {
      option: "branches",
      value: null,
      why: {
        en: `the store has several branches (${names}); where it manages stock by branch, pair each with a location: branch=location`,
        ar: `للمتجر عدة فروع (${names})؛ إن كان المخزون يدار حسب الفرع فاربط كل فرع بموقع: branch=location`,
      },
    },
  ];
}

function taxesOf(taxes: readonly Choice[]): readonly ProposedOption[] {
  const rated = (rate: number) => taxes.filter(({ kind }) => kind.trim() !== "" && Number(kind) === rate);
  const zero = rated(0);
  const tax = (option: string, found: Choice | null, rate: string): ProposedOption =>
    chosen(option, found, {
      found: { en: `the tax of ${rate} %: {name}`, ar: `ضريبة ${rate}٪: {name}` },
      none: several(taxes, "taxes", "الضرائب"),
    });
  return [
    tax("standardTaxId", only(rated(15)), "15"),
    tax("zeroTaxId", only(zero, ({ name }) => /zero|صفر/i.test(name)) ?? only(zero), "0"),
  ];
}

/** One with a tax number is a business, and no cash customer. */
function cashCustomer(contacts: readonly Choice[]): Choice | null {
  return only(contacts, ({ name, kind }) => kind === "" && isCashCustomer.test(name));
}

function fee(
  option: string,
  skus: readonly string[],
  all: (set: string) => readonly Choice[],
  what: Words,
): ProposedOption {
  const [found = null] = skus.flatMap((sku) => all(`products/${sku}`).filter(({ kind }) => kind === "Service"));
  return chosen(option, found, {
    found: { en: `the service {name}, for ${what.en}`, ar: `الخدمة {name} لأجل ${what.ar}` },
    none: {
      en: `no service has one of the SKUs ${skus.join(", ")}; an order with ${what.en} waits until there is one`,
      ar: `لا خدمة بأحد الرموز ${skus.join(", ")}؛ والطلب الذي فيه ${what.ar} ينتظر حتى توجد`,
    },
  });
}

/** Cash goes to the account of cash, the others to the bank, where there is one of each. */
function paymentsOf(methods: readonly Choice[], accounts: readonly Choice[]): ProposedOption {
  const bank = only(accounts, ({ kind }) => /^bank/i.test(kind));
  const cash = only(accounts, ({ kind }) => /^cash/i.test(kind));
  const pairs = methods.flatMap(({ id }) => {
    const to = /^(cod|cash)/i.test(id) ? cash : bank;
    return to === null ? [] : [`${id}=${to.id}`];
  });
  if (pairs.length === 0)
    return {
      option: "paymentAccounts",
      value: null,
      why: {
        en: "pair the payment methods with accounts yourself, such as mada=105; an invoice without one stays unpaid",
        ar: "اربط طرق الدفع بالحسابات بنفسك مثل mada=105؛ والفاتورة بلا حساب تبقى غير مدفوعة",
      },
    };
  return {
    option: "paymentAccounts",
    value: pairs.join(","),
    why: {
      en: "the payment methods of the latest orders: cash to the account of cash, the others to the bank",
      ar: "طرق الدفع في أحدث الطلبات: النقد إلى حساب الصندوق والباقي إلى البنك",
    },
  };
}
