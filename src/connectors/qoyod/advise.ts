import type { Facts } from "../../core/connector.ts";
import type { PersonAction } from "../../core/errors.ts";

const parameters = { vendor: "Qoyod" };

/** What is to be done in Qoyod. */
export function advise(facts: Facts, refusal: PersonAction | null): readonly PersonAction[] {
  if (refusal !== null) return refusal.code === "credentials-refused" ? [{ code: "key-not-admitted", parameters }] : [];
  return [
    ...(Array.isArray(facts.locations) && facts.locations.length === 0
      ? [{ code: "location-missing", parameters } as const]
      : []),
    ...(facts.eInvoicing === true ? [{ code: "references-replaced", parameters } as const] : []),
  ];
}
