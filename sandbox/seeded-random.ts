import type { Random } from "./wire.ts";

/** A repeatable sequence for one seed (mulberry32: 32 bits of state, good enough to choose faults and made-up rows). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `least` to `most`, both included. */
export function wholeBetween(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** One of the choices. */
export function oneOf<Choice>(random: Random, choices: readonly [Choice, ...Choice[]]): Choice {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** `length` lower-case hexadecimal digits, for made-up tokens and uuids. */
export function hexDigits(random: Random, length: number): string {
  let digits = "";
  while (digits.length < length) digits += Math.floor(random() * 16).toString(16);
  return digits;
}
