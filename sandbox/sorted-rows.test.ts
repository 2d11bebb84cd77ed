import { expect, test } from "vitest";
import { seededRandom, wholeBetween } from "./seeded-random.ts";
import { createSortedRows } from "./sorted-rows.ts";

interface Row {
  readonly id: number;
  value: number;
}

const byValue = { name: "value", compare: (left: Row, right: Row) => left.value - right.value || left.id - right.id };
const byId = { name: "id", compare: (left: Row, right: Row) => right.id - left.id };
const isEven = ({ value }: Row) => value % 2 === 0;

test.each([1, 40, 400, 12_000])(
  "rows stay in order and pass the test, with %i changes between two listings",
  (changes) => {
    const random = seededRandom(changes);
    const table = new Map<number, Row>();
    const sorted = createSortedRows(table);
    let lastId = 0;
    const changeOne = () => {
      const chance = random();
      const known = table.get(wholeBetween(random, 1, Math.max(1, lastId)));
      if (known !== undefined && chance < 0.3) {
        table.delete(known.id);
        sorted.changed(known);
      } else if (known !== undefined && chance < 0.6) {
        known.value = wholeBetween(random, 0, 500);
        sorted.changed(known);
      } else {
        lastId += 1;
        const row = { id: lastId, value: wholeBetween(random, 0, 500) };
        table.set(row.id, row);
        sorted.changed(row);
      }
    };
    for (let round = 0; round < 12; round += 1) {
      for (let change = 0; change < changes; change += 1) changeOne();
      const all = [...table.values()];
      expect(sorted.passing("all by value", byValue, undefined)).toEqual(all.toSorted(byValue.compare));
      expect(sorted.passing("even by value", byValue, isEven)).toEqual(all.filter(isEven).toSorted(byValue.compare));
      expect(sorted.passing("even by id", byId, isEven)).toEqual(all.filter(isEven).toSorted(byId.compare));
    }
  },
);

test("a row that is taken away and one of the same id that comes after it are told apart", () => {
  const table = new Map<number, Row>([[1, { id: 1, value: 1 }]]);
  const sorted = createSortedRows(table);
  const list = () => sorted.passing("all", byValue, undefined).map(({ value }) => value);
  expect(list()).toEqual([1]);
  const [old, next] = [table.get(1), { id: 1, value: 2 }];
  if (old === undefined) throw new Error("no row");
  table.delete(1);
  sorted.changed(old);
  table.set(1, next);
  sorted.changed(next);
  expect(list()).toEqual([2]);
});

test("more listings than are kept are answered rightly all the same", () => {
  const table = new Map(Array.from({ length: 50 }, (_, id): [number, Row] => [id, { id, value: id }]));
  const sorted = createSortedRows(table);
  for (let round = 0; round < 2; round += 1)
    for (let least = 0; least < 40; least += 1) {
      const rows = sorted.passing(`from ${least}`, byValue, ({ value }) => value >= least);
      expect(rows).toHaveLength(50 - least);
    }
});
