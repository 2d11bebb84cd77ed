import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { money, text } from "./conversions.ts";
import { RecordRejected } from "./errors.ts";
import { columns, type Id, LinkRequest, linkRequests, mapRecord, withLinks } from "./mapping.ts";

interface Source {
  readonly id: string;
  readonly name: string;
  readonly rate: unknown;
  readonly lines: readonly { readonly item: string; readonly quantity: number }[];
}
interface Line {
  readonly productId: Id<"target/products">;
  readonly quantity: number;
}
interface Target {
  readonly name: string;
  readonly price: string;
  readonly stock: number | undefined;
  readonly lines: readonly Line[];
}
interface Settings {
  readonly stock: boolean;
}

const record = columns<Source, Settings>();
const line = columns<Source["lines"][number], Settings>();
const rows = {
  name: record("name").as(text(10)),
  price: record("rate").as(money(2)),
  stock: record
    .from(["lines"], "how many lines", ({ lines }) => lines.length)
    .onlyWhen("while stock is on", ({ settings, creating }) => settings.stock || creating),
  lines: record.each<Source["lines"][number], Line>(
    "lines",
    "those of a positive quantity",
    ({ lines }, { note }) => {
      for (const { item, quantity } of lines)
        if (quantity <= 0) note("line-not-positive", { item, quantity: String(quantity) });
      return lines.filter(({ quantity }) => quantity > 0);
    },
    { productId: line.linked("item", "products"), quantity: line("quantity") },
  ),
};
const map = (source: Source, settings: Settings, creating = false) =>
  mapRecord<Source, Settings, Target>(rows, source, { settings, creating, before: null, madeThere: false, now: 0 });

const sources = fc.record({
  id: fc.string(),
  name: fc.string({ minLength: 1 }).filter((name) => name.trim() !== ""),
  rate: fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constant("12.345")),
  lines: fc.array(fc.record({ item: fc.constantFrom("a", "b", "c", "d"), quantity: fc.integer({ min: -3, max: 9 }) })),
});

describe("mapRecord", () => {
  test("is pure: the same source gives the same record and the same notes, and stays as it was", () => {
    fc.assert(
      fc.property(sources, fc.boolean(), fc.boolean(), (source, stock, creating) => {
        const before = structuredClone(source);
        const first = map(source, { stock }, creating);
        expect(map(source, { stock }, creating)).toEqual(first);
        expect(source).toEqual(before);
      }),
    );
  });

  test("leaves a field out, rather than sending nothing for it, where a condition says so", () => {
    fc.assert(
      fc.property(sources, fc.boolean(), fc.boolean(), (source, stock, creating) => {
        expect("stock" in map(source, { stock }, creating).mapped).toBe(stock || creating);
      }),
    );
  });

  test("notes what its lines leave out, line by line", () => {
    fc.assert(
      fc.property(sources, (source) => {
        const { mapped, notes: all } = map(source, { stock: true });
        const notes = all.filter(({ code }) => code === "line-not-positive");
        expect(notes).toHaveLength(source.lines.filter(({ quantity }) => quantity <= 0).length);
        expect(mapped.lines).toHaveLength(source.lines.length - notes.length);
      }),
    );
  });

  test("rejects by the name of the source field", () => {
    const source = { id: "1", name: "Mug", rate: "nine", lines: [] };
    expect(() => map(source, { stock: true })).toThrow(RecordRejected);
    expect(() => map(source, { stock: true })).toThrow(/"field":"rate","value":"\\"nine\\""/);
    const nameless = { ...source, rate: 1, lines: [{ item: "", quantity: 1 }] };
    expect(() => map(nameless, { stock: true })).toThrow(/field-missing.*item/);
  });
});

describe("links", () => {
  test("each record referred to is asked for once, and every request is replaced by its id", () => {
    fc.assert(
      fc.property(sources, (source) => {
        const { mapped } = map(source, { stock: true });
        const asked = linkRequests(mapped).map(({ id }) => id);
        const sold = source.lines.filter(({ quantity }) => quantity > 0).map(({ item }) => item);
        expect(asked.sort()).toEqual([...new Set(sold)].sort());
        const ready = withLinks(mapped, ({ flow, id }) => `${flow}-${id}`);
        expect(linkRequests(ready)).toEqual([]);
        expect((ready.lines as readonly Line[]).map(({ productId }) => productId)).toEqual(
          sold.map((one) => `products-${one}`),
        );
        // The mapped record keeps its requests: its fingerprint must not depend on ids of the target.
        expect(linkRequests(mapped)).toHaveLength(new Set(sold).size);
      }),
    );
  });

  test("the same id of two flows is two requests", () => {
    const mapped = {
      one: new LinkRequest("products", "7"),
      other: [new LinkRequest("suppliers", "7"), new LinkRequest("products", "7")],
    };
    expect(linkRequests(mapped)).toHaveLength(2);
  });
});

test("the printed row tells its fields and its rule in words", () => {
  expect(rows.price).toMatchObject({ sources: ["rate"], words: "2 decimals, half up" });
  expect(rows.stock).toMatchObject({ sources: ["lines"], words: "how many lines; while stock is on" });
  expect(Object.keys(rows.lines.lines ?? {})).toEqual(["productId", "quantity"]);
});
