/**
 * The remote ids of our coupling. Where no coupling is set, or keys are something else than coupling ids (their format is
 * not published), every remote id may be ours.
 */
export function ourRemoteIds(map: Readonly<Record<string, string>>, couplingId: string | undefined): readonly string[] {
  if (couplingId !== undefined && Object.hasOwn(map, couplingId)) return [map[couplingId] ?? ""];
  const mayBeOurs = couplingId === undefined || Object.keys(map).some((key) => !/^\d+$/.test(key));
  return mayBeOurs ? Object.values(map) : [];
}
