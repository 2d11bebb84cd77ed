/**
 * Salla's ids look like one obfuscation of small integers, so the same numbers recur as ids of different kinds
 * (the first status, the first branch and the first customer have one id). The first ten are the documented ones.
 */
const firstIds = [
  1_473_353_380, 566_146_469, 1_939_592_358, 1_298_199_463, 349_994_915, 1_723_506_348, 814_202_285, 525_144_736,
  989_286_562, 1_548_352_431,
] as const;

const PRIME = 2_147_483_647n;
const FACTOR = 1_597_334_677n;

/** The id of the n-th record of a kind, counted from 1. */
export function obfuscatedId(position: number): number {
  return firstIds[position - 1] ?? Number((BigInt(position) * FACTOR) % PRIME);
}
