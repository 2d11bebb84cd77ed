/** The option `bundles`: what each bundle of Salla consists of (product.md, 1.1). */
import type { Choice } from "../../core/connector.ts";
import type { ChosenOption } from "../../core/flow.ts";
import type { ProposedOption } from "../../core/set-up.ts";

/** Bundles of one option; each costs calls when the option is saved. */
export const mostBundles = 200;
/** Pieces of one part in a bundle: more is a mistake. */
const mostPieces = 1_000;
/** Salla's type of a product that consists of others. */
const bundleType = "group_products";

/** What a bundle consists of. */
export interface Bundle {
  /** its SKU, or its product id */
  readonly name: string;
  readonly parts: readonly { readonly sku: string; readonly quantity: number }[];
}

/** Reads `PAIR=MUG×2+CUP`; a star does as well. @returns what is wrong with it where it is none */
export function readBundle(text: string): Bundle | string {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trim();
  const words = text.slice(at + 1).split("+");
  if (name === "" || words.some((word) => word.trim() === ""))
    return `bundle=SKU×quantity+SKU×quantity, and ${JSON.stringify(text)} is none`;
  const parts = words.map((word) => {
    const [, sku = word, quantity = "1"] = /^(.+?)\s*[×*]([^×*]*)$/s.exec(word) ?? [];
    return { sku: sku.trim(), quantity: quantity.trim() };
  });
  const wrong = parts.find(({ quantity }) => !/^[1-9]\d{0,3}$/.test(quantity) || Number(quantity) > mostPieces);
  if (wrong !== undefined)
    return `whole quantities from 1 to ${mostPieces}, and that of ${wrong.sku} in ${name} is ${JSON.stringify(wrong.quantity)}`;
  const twice = twin(parts.map(({ sku }) => sku));
  if (twice !== undefined) return `each part once, and ${name} names ${twice} twice`;
  if (parts.some(({ sku }) => sku === name)) return `parts of a bundle, and ${name} would be its own`;
  return { name, parts: parts.map(({ sku, quantity }) => ({ sku, quantity: Number(quantity) })) };
}

/** As it is stored and shown. */
function bundleText({ name, parts }: Bundle): string {
  return `${name}=${parts.map(({ sku, quantity }) => `${sku}×${quantity}`).join("+")}`;
}

/** Reads the entries of the option. @returns them as they are stored, or what is wrong with one */
export function readBundles(entries: readonly string[]): readonly string[] | string {
  if (entries.length > mostBundles) return `at most ${mostBundles} bundles, and these are ${entries.length}`;
  const read = entries.map(readBundle);
  const wrong = read.find((one) => typeof one === "string");
  if (wrong !== undefined) return wrong;
  const bundles = read.filter((one) => typeof one !== "string");
  const twice = twin(bundles.map(({ name }) => name));
  return twice === undefined ? bundles.map(bundleText) : `each bundle once, and ${twice} is there twice`;
}

function twin(names: readonly string[]): string | undefined {
  return names.find((name, at) => names.indexOf(name) !== at);
}

/** The bundles of options that were read before. */
function bundlesOf({ bundles }: { readonly bundles?: unknown }): readonly Bundle[] {
  const entries = Array.isArray(bundles) ? (bundles as readonly string[]) : [];
  return entries.map(readBundle).filter((one) => typeof one !== "string");
}

/** What lets the connector of Salla say what each line consists of. */
export function bundleSettings(options: { readonly bundles?: unknown }): Readonly<Record<string, Bundle["parts"]>> {
  return Object.fromEntries(bundlesOf(options).map(({ name, parts }) => [name, parts]));
}

/** What must be so in Salla: a bundle is one, and its parts are there, have a SKU of their own and are no bundles. */
export function chosenBundles(options: { readonly bundles?: unknown }): readonly ChosenOption[] {
  const bundles = bundlesOf(options);
  const skus = new Set(bundles.flatMap(({ parts }) => parts.map(({ sku }) => sku)));
  const inSalla = (set: string, entry: string, isWanted: (kind: string) => boolean, allowed: string): ChosenOption => ({
    ...{ option: "bundles", side: "source", set: `${set}/${entry}`, entries: [entry], names: false, unknown: "refuse" },
    refused: (found) => refusedOf(entry, found, isWanted, allowed),
  });
  return [
    ...bundles.map(({ name }) => inSalla("products", name, (kind) => kind === bundleType, `a bundle (${bundleType})`)),
    ...[...skus].map((sku) =>
      inSalla("units", sku, (kind) => kind !== bundleType, "a product that is no bundle itself"),
    ),
  ];
}

function refusedOf(
  entry: string,
  found: readonly Choice[],
  isWanted: (kind: string) => boolean,
  allowed: string,
): string | null {
  const [only] = found;
  if (only === undefined) return `Salla has no product with the SKU ${entry}`;
  if (found.length > 1)
    return `${found.length} products of Salla are named ${entry}: ${found.map(({ id, name }) => `${id} ${name}`.trim()).join(", ")}`;
  return isWanted(only.kind) ? null : `${entry} is of the type ${only.kind || "product"} in Salla; allowed: ${allowed}`;
}

/** What the products of Salla tell of their own parts. @param found the set `bundles` of Salla */
export function proposedBundles(found: readonly Choice[]): readonly ProposedOption[] {
  if (found.length === 0) return [];
  const told = found.filter(({ kind }) => kind !== "").slice(0, mostBundles);
  const untold = found.filter((one) => !told.includes(one)).map(({ id, name }) => `${id} ${name}`.trim());
  const open = untold.slice(0, 10).join(", ");
  const rest = {
    en: `write of ${open} yourself: bundle=SKU×quantity+SKU×quantity; its orders wait until then`,
    ar: `اكتب بنفسك مكونات ${open}: المجموعة=SKU×الكمية+SKU×الكمية؛ وتنتظر طلباتها حتى ذلك`,
  };
  if (told.length === 0) return [{ option: "bundles", value: null, why: rest }];
  const why = { en: "what the bundles of Salla say they consist of", ar: "ما تذكره مجموعات سلة عن مكوناتها" };
  return [
    {
      option: "bundles",
      value: told.map(({ id, kind }) => `${id}=${kind}`).join(","),
      why: open === "" ? why : { en: `${why.en}; ${rest.en}`, ar: `${why.ar}؛ ${rest.ar}` },
    },
  ];
}
