/** By what a customer is told from another: tax number, phone, e-mail (product.md, 1.2). */
import type { Mapped } from "../../core/mapping.ts";
import { type Fields, readId, readText } from "./fields.ts";

/** A customer of Qoyod as far as matching needs it. */
export interface KnownContact {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly taxNumber: string;
  readonly phones: readonly string[];
  readonly emails: readonly string[];
}

const saudiCode = "966";

/** Reads a row of the customers' list; null where it has no readable id. */
export function readContact(row: Fields): KnownContact | null {
  const id = readId(row.id);
  if (id === null) return null;
  const phones = [row.phone_number, row.secondary_phone_number].map((phone) => phoneKey(readText(phone)));
  const emails = [row.email, row.secondary_email].map((email) => emailKey(readText(email)));
  return {
    id,
    name: readText(row.name) || readText(row.contact_name),
    active: !/^inactive$/i.test(readText(row.status).trim()),
    taxNumber: taxKey(readText(row.tax_number)),
    phones: [...new Set(phones.filter((phone) => phone !== ""))],
    emails: [...new Set(emails.filter((email) => email !== ""))],
  };
}

/** What a payload is matched by: a tax number alone, or a phone and then an e-mail. */
export function identityOf(payload: Mapped): {
  readonly taxNumber: string;
  readonly phone: string;
  readonly email: string;
} {
  return {
    taxNumber: taxKey(readText(payload.tax_number)),
    phone: phoneKey(readText(payload.phone_number)),
    email: emailKey(readText(payload.email)),
  };
}

/**
 * The customers that a payload means: by its tax number where it has one; else by phone and, where none has that, by e-mail,
 * among those without a tax number only. One who is inactive is no match.
 */
export function matchContact(
  known: readonly KnownContact[],
  payload: Mapped,
): { readonly active: readonly KnownContact[]; readonly inactive: readonly KnownContact[] } {
  const { taxNumber, phone, email } = identityOf(payload);
  const retail = known.filter((contact) => contact.taxNumber === "");
  const steps: readonly (readonly KnownContact[])[] =
    taxNumber === ""
      ? [
          phone === "" ? [] : retail.filter(({ phones }) => phones.includes(phone)),
          email === "" ? [] : retail.filter(({ emails }) => emails.includes(email)),
        ]
      : [known.filter((contact) => contact.taxNumber === taxNumber)];
  const met = steps.find((contacts) => contacts.some(({ active }) => active)) ?? [];
  const inactive = steps.flat().filter(({ active }) => !active);
  return { active: met.filter(({ active }) => active), inactive: [...new Set(inactive)] };
}

/**
 * One spelling for equal phone numbers: the digits of E.164. A number without a country is taken as Saudi, because Qoyod's
 * own users write `05…`.
 */
export function phoneKey(text: string): string {
  const ascii = text.replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660));
  const digits = ascii.replace(/\D/g, "").replace(/^00/, "");
  if (/^0?5\d{8}$/.test(digits) && !ascii.trim().startsWith("+")) return `${saudiCode}${digits.replace(/^0/, "")}`;
  return digits.replace(new RegExp(`^${saudiCode}0`), saudiCode);
}

function emailKey(text: string): string {
  return text.trim().toLowerCase();
}

function taxKey(text: string): string {
  return text.replace(/[^0-9a-z]/gi, "").toUpperCase();
}
