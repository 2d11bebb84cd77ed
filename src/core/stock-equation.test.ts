import { expect, test } from "vitest";
import { decimal } from "./decimal.ts";
import { isHistory, mergeUnits, quantityToOffer, unitsHeldBack } from "./stock-equation.ts";
import { units, World } from "./stock-world.test-parts.ts";

test("what is offered is whole and never below 0", () => {
  expect(quantityToOffer(decimal("10.9"), 3, 2)).toBe(5);
  expect(quantityToOffer(decimal("2"), 3, 0)).toBe(0);
  expect(quantityToOffer(decimal("-1.5"), 0, 0)).toBe(0);
  expect(quantityToOffer(decimal("2"), -3, 0)).toBe(5);
});

test("lines of one unit are one reservation of it", () => {
  const one = { unit: "7", location: "31", quantity: 2 };
  expect(mergeUnits([one, { ...one, location: "32" }, one])).toEqual([
    { ...one, quantity: 4 },
    { ...one, location: "32" },
  ]);
});

test("an order is history only to what was counted while it was past", () => {
  const past = { held: true, past: { from: 3, until: 6 }, recounted: false };
  expect([2, 3, 5, 6].map((look) => isHistory(past, look))).toEqual([false, true, true, false]);
  expect(isHistory({ ...past, past: { from: 3, until: null } }, 900)).toBe(true);
  expect(isHistory({ ...past, recounted: true }, 4)).toBe(false);
  expect(unitsHeldBack(5, past, 4)).toBe(0);
  expect(unitsHeldBack(5, { ...past, held: false }, 4)).toBe(-5);
  expect(unitsHeldBack(5, { ...past, recounted: true }, 4)).toBe(5);
  expect(unitsHeldBack(5, { ...past, held: false, recounted: true }, 4)).toBe(0);
  expect(unitsHeldBack(5, { ...past, past: null }, 4)).toBe(5);
  // Excluded by a person: counted out of the books, or offered again.
  const open = { ...past, past: null };
  expect(unitsHeldBack(5, { ...open, excluded: "counted-out" }, 4)).toBe(0);
  expect(unitsHeldBack(5, { ...open, excluded: "counted-out", held: false }, 4)).toBe(-5);
  expect(unitsHeldBack(5, { ...open, excluded: "counted-out", held: false, recounted: true }, 4)).toBe(0);
  expect(unitsHeldBack(5, { ...open, excluded: "offered-again" }, 4)).toBe(0);
  expect(unitsHeldBack(5, { ...past, excluded: "offered-again", held: false }, 4)).toBe(-5);
});

/**
 * The whole by brute force: a shop, its books and the warehouse behind both live through random histories. The warehouse
 * alone knows how many units nobody has claimed; shop and books reckon by the equation only.
 */
test("in 3,000 random histories the shop offers what nobody has claimed, at every quiet moment", () => {
  let quiet = 0;
  let recounts = 0;
  let exclusions = 0;
  let unread = 0;
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const world = new World(seed);
    const steps = 10 + world.upTo(30);
    for (let step = 0; step < steps; step += 1) {
      world.step();
      expect(units.every((unit) => world.shop[unit] <= world.free[unit])).toBe(true);
      if (world.upTo(4) > 0) continue;
      world.pass();
      quiet += 1;
      const differs = units.some((unit) => world.shop[unit] !== world.free[unit]);
      if (differs) expect.fail(`seed ${seed}, step ${step}: ${world.told.join("; ")}`);
    }
    recounts += world.recounts;
    exclusions += world.exclusions;
    unread += world.unread;
  }
  expect(quiet).toBeGreaterThan(9_000);
  expect(recounts).toBeGreaterThan(500);
  expect(exclusions).toBeGreaterThan(2_000);
  expect(unread).toBeGreaterThan(500);
});
