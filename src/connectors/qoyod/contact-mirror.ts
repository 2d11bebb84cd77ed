/**
 * Every customer of the company, found by what tells them apart. Filters by phone and e-mail are unproven, so the list is read
 * once, kept for the connection, and kept up by what changed since (vendor reference 3.2).
 */
import type { Door } from "../../core/connector.ts";
import type { Mapped } from "../../core/mapping.ts";
import { type Mirror, type MirroredRecord, memoryMirror } from "../../core/mirror.ts";
import { identityOf, type KnownContact, matchContact, readContact } from "./contact-identity.ts";
import { type Fields, readText } from "./fields.ts";
import { fetchRecord, type Listing, listPages } from "./list-pages.ts";

/** Customers that are kept for matching; a company with more gets no new ones, since none of them could be told apart. */
export const maximumContacts = 250_000;
/** So often the whole list is read, because what was deleted is in no list of changes. */
const wholeEveryMs = 86_400_000;
/** Changes are read again over this, since a change may become visible after its time. */
const overlapMs = 300_000;

export const contactList = { path: "/customers", key: "customers" } as const satisfies Listing;

/** What a payload may be. */
export interface MatchedContacts {
  readonly active: readonly KnownContact[];
  readonly inactive: readonly KnownContact[];
}

export interface ContactMirror {
  /** @returns "too many" where the company has more than can be kept. @throws {RetryLater} where the list cannot be read */
  match(payload: Mapped): Promise<MatchedContacts | "too many">;
  /** What was made just now, as it was sent: an answer may hold only the id. */
  made(id: string, payload: Mapped): Promise<void>;
}

export function contactMirror({ door, perPage }: { readonly door: Door; readonly perPage: number }): ContactMirror {
  const mirror = door.mirror?.("contacts") ?? memoryMirror();
  /** read or made in this session: what is kept of them is no older */
  const fresh = new Set<string>();
  let brought: Promise<boolean> | undefined;
  const bringUp = () => {
    // A reading that failed is not remembered.
    brought ??= bringUpToDate(mirror, { door, perPage, fresh }).catch((error: unknown) => {
      brought = undefined;
      throw error;
    });
    return brought;
  };
  const add = async (contact: KnownContact | null) => {
    if (contact === null) return;
    await mirror.add([recordOf(contact)]);
    fresh.add(contact.id);
  };
  return {
    match: async (payload) => {
      if (!(await bringUp())) return "too many";
      for (;;) {
        const { taxNumber, phone, email } = identityOf(payload);
        const found = (await mirror.find(keysOf({ taxNumber, phones: [phone], emails: [email] }))).map(contactIn);
        const matched = matchContact(found, payload);
        const [only, ...others] = matched.active;
        if (only === undefined || others.length > 0 || fresh.has(only.id)) return matched;
        // It is about to stand on an invoice: what is kept of it may be of yesterday.
        const present = await fetchRecord(door, contactList.path, only.id, "contact");
        const contact = present === null ? null : readContact(present);
        if (contact === null) await mirror.remove(only.id);
        await add(contact);
      }
    },
    made: (id, payload) => add(readContact({ ...payload, id })),
  };
}

/** @returns false where there are too many to keep */
async function bringUpToDate(
  mirror: Mirror,
  { door, perPage, fresh }: { readonly door: Door; readonly perPage: number; readonly fresh: Set<string> },
): Promise<boolean> {
  const state = await mirror.state();
  const startedAt = door.clock.now() + (door.clockAheadMs() ?? 0);
  if (state !== null && startedAt - state.wholeAt < wholeEveryMs) {
    const changed = await changedSince(door, perPage, state.readUntil - overlapMs);
    if (changed !== null) {
      await mirror.add(changed.map(recordOf), startedAt);
      for (const { id } of changed) fresh.add(id);
      return true;
    }
  }
  const all: KnownContact[] = [];
  for await (const rows of listPages(door, contactList, perPage)) {
    all.push(...contactsOf(rows));
    if (all.length > maximumContacts) return false;
  }
  await mirror.replace(all.map(recordOf), startedAt);
  for (const { id } of all) fresh.add(id);
  return true;
}

/** @returns null where the filter is not honoured: rows come that did not change, or do not tell when they did */
async function changedSince(door: Door, perPage: number, since: number): Promise<KnownContact[] | null> {
  const query = { "q[updated_at_gteq]": new Date(since).toISOString() };
  const changed: KnownContact[] = [];
  for await (const rows of listPages(door, { ...contactList, query }, perPage)) {
    // Moments of the list may be cut to the second.
    if (!rows.every((row) => Date.parse(readText(row.updated_at)) >= since - 1_000)) return null;
    changed.push(...contactsOf(rows));
  }
  return changed;
}

function contactsOf(rows: readonly Fields[]): KnownContact[] {
  return rows.map(readContact).filter((contact) => contact !== null);
}

function recordOf(contact: KnownContact): MirroredRecord {
  return { id: contact.id, keys: keysOf(contact), row: { ...contact } };
}

function contactIn({ row }: MirroredRecord): KnownContact {
  return row as unknown as KnownContact;
}

function keysOf({ taxNumber, phones, emails }: Pick<KnownContact, "taxNumber" | "phones" | "emails">): string[] {
  const named = (kind: string, values: readonly string[]) =>
    values.filter((value) => value !== "").map((value) => `${kind} ${value}`);
  return [...named("tax", [taxNumber]), ...named("phone", phones), ...named("email", emails)];
}
