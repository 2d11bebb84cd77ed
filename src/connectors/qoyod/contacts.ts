import type { Mapped } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import type { DoubtfulCreate, Found, TargetResource, WriteResult } from "../../core/resources.ts";
import { identityOf, type KnownContact, matchContact, readContact } from "./contact-identity.ts";
import { type ContactMirror, contactList, contactMirror, maximumContacts } from "./contact-mirror.ts";
import type { QoyodContext } from "./context.ts";
import { readText } from "./fields.ts";
import { listPages } from "./list-pages.ts";
import { asText, orRefused, requireFields, type WireTable, wireFields } from "./wire-form.ts";
import { madeOf, updatedOf } from "./written.ts";

/** A customer as a flow writes it. */
export interface ContactWrite {
  readonly name: string;
  /** E.164 */
  readonly phone_number: string | undefined;
  readonly email: string | undefined;
  /** makes every invoice of the customer a tax invoice between businesses */
  readonly tax_number: string | undefined;
}

const fields: WireTable = { name: asText, phone_number: asText, email: asText, tax_number: asText };

/** Customers: `POST /customers` in the wrapper `contact`. Each create looks first whether the company knows them. */
export function contactTarget(context: QoyodContext): TargetResource {
  const contacts = contactMirror(context);
  return {
    name: "contacts",
    create: (payload) => create(context, payload, contacts),
    update: async (id, changes) => {
      const body = orRefused(() => ({ contact: wireFields(fields, changes) }));
      if (body.kind === "refused") return body;
      const path = `/customers/${encodeURIComponent(id)}`;
      return updatedOf(await context.door.call({ method: "PUT", path, body: body.made, repeat: "safe" }), id);
    },
    find: (doubtful) => find(context, doubtful),
    oneAtATime: false,
  };
}

async function create({ door, inTurn }: QoyodContext, payload: Mapped, contacts: ContactMirror): Promise<WriteResult> {
  const body = orRefused(() => {
    requireFields(payload, ["name"]);
    return { contact: { ...wireFields(fields, payload), status: "Active" } };
  });
  if (body.kind === "refused") return body;
  const { taxNumber, phone, email } = identityOf(payload);
  const names = [`tax ${taxNumber}`, `phone ${phone}`, `email ${email}`].filter((name) => !name.endsWith(" "));
  return inTurn(names, async () => {
    const matched = await contacts.match(payload);
    if (matched === "too many")
      return {
        kind: "refused",
        message: `there are more than ${maximumContacts} customers; allowed: so many at the most`,
      };
    const { active, inactive } = matched;
    const notes = notesOn(inactive);
    const [only, ...others] = active;
    if (others.length > 0) return { kind: "several", ids: active.map(({ id }) => id) };
    if (only !== undefined) return { kind: "done", id: only.id, found: true, ...notes };
    const made = madeOf(
      await door.call({ method: "POST", path: contactList.path, body: body.made, repeat: "never" }),
      "contact",
    );
    if (made.kind !== "made") return made;
    await contacts.made(made.id, payload);
    return { kind: "done", id: made.id, ...notes };
  });
}

function notesOn(inactive: readonly KnownContact[]): { readonly notes?: readonly Reason[] } {
  if (inactive.length === 0) return {};
  const ids = inactive.map(({ id, name }) => `${id} (${name})`).join(", ");
  return { notes: [{ code: "inactive-match", parameters: { vendor: "Qoyod", ids } }] };
}

/** One fresh reading of the list serves all; one who has neither number nor address is told by the name alone. */
async function find(
  { door, perPage }: QoyodContext,
  doubtful: readonly DoubtfulCreate[],
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, string[]>(doubtful.map(({ key }) => [key, []]));
  const byStep = new Map<string, KnownContact[]>();
  for await (const rows of listPages(door, contactList, perPage))
    for (const contact of rows.map(readContact).filter((one) => one !== null))
      for (const { key, payload } of doubtful)
        if (mayBe(contact, payload)) byStep.set(key, [...(byStep.get(key) ?? []), contact]);
  for (const { key, payload } of doubtful) {
    const near = byStep.get(key) ?? [];
    const matched = isNamed(payload) ? near : matchContact(near, payload).active;
    found.set(
      key,
      matched.map(({ id }) => id),
    );
  }
  return found;
}

function mayBe(contact: KnownContact, payload: Mapped): boolean {
  if (isNamed(payload)) return contact.taxNumber === "" && contact.name === readText(payload.name);
  const { active, inactive } = matchContact([contact], payload);
  return active.length + inactive.length > 0;
}

/** Nothing but a name tells this customer. */
function isNamed(payload: Mapped): boolean {
  return Object.values(identityOf(payload)).every((value) => value === "");
}
