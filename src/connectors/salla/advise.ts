import type { Facts } from "../../core/connector.ts";
import type { PersonAction } from "../../core/errors.ts";

const vendor = "Salla";
/** Scopes without which something of the work cannot be done. */
const needed = ["orders.read", "products.read_write", "customers.read", "branches.read", "taxes.read"] as const;
const ofTheApp: ReadonlySet<string> = new Set(["credentials-refused", "scope-missing", "access-revoked"]);

/** What is to be done in Salla. Scopes are judged only where Salla tells those of the token. */
export function advise(facts: Facts, refusal: PersonAction | null): readonly PersonAction[] {
  if (refusal !== null) return ofTheApp.has(refusal.code) ? [{ code: "app-not-admitted", parameters: { vendor } }] : [];
  const scopes = new Set(Array.isArray(facts.scopes) ? facts.scopes.map(String) : []);
  const missing =
    scopes.size === 0 ? [] : needed.filter((scope) => !scopes.has(scope) && !scopes.has(`${scope}_write`));
  const sent = typeof facts.ordersSentToQoyod === "number" ? facts.ordersSentToQoyod : 0;
  return [
    ...missing.map((scope): PersonAction => ({ code: "scope-missing", parameters: { scope } })),
    ...(sent === 0 ? [] : [{ code: "native-link-shows", parameters: { vendor, count: String(sent) } } as const]),
  ];
}
