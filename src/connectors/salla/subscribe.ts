import { z } from "zod";
import { later } from "../../core/clock.ts";
import type { CallRequest, Door, Subscription } from "../../core/connector.ts";
import { InvalidInput, RetryLater } from "../../core/errors.ts";
import type { Reading } from "../../core/read-record.ts";
import { optionalText, readRecord, recordId } from "./fields.ts";
import { type Listing, readPlainPages } from "./list-page.ts";
import type { SallaSettings } from "./settings.ts";
import { wantedEvents } from "./webhooks.ts";

const inDoubtMs = 60_000;
const subscription = z.object({ id: recordId, event: optionalText, url: optionalText });

const listing: Listing<Subscription> = {
  path: "/webhooks",
  query: {},
  idOf: ({ id }) => id,
  readRow: (value): Reading<Subscription> => readRecord<Subscription>(subscription, value),
};

/** The subscriptions of the store, those of other addresses too. @throws {RetryLater} {NeedsPerson} */
export async function readSubscriptions(door: Door): Promise<readonly Subscription[]> {
  const all: Subscription[] = [];
  for await (const { rows } of readPlainPages(door, listing)) all.push(...rows);
  return all;
}

/**
 * Has every wanted event sent to an address, and sets how each is signed: Salla's two sources differ on what holds where
 * nothing is set (salla.md 6.5). May be repeated: an address that is subscribed already is only updated.
 * @throws {InvalidInput} where Salla does not take the address. @throws {RetryLater} {NeedsPerson}
 */
export async function subscribe(
  door: Door,
  settings: SallaSettings,
  url: string,
  secret: string,
): Promise<readonly Subscription[]> {
  if (/localhost|test\./i.test(url))
    throw new InvalidInput("url", `url is ${url}; Salla takes no address that contains localhost or test.`);
  const there = new Set((await readAtAddress(door, url)).map(({ event }) => event));
  for (const event of wantedEvents.filter((one) => !there.has(one)))
    await ask(door, {
      method: "POST",
      path: "/webhooks/subscribe",
      body: { name: `Mizan ${event}`, event, url, version: 2 },
    });
  const subscribed = await readAtAddress(door, url);
  const security = { security_strategy: settings.webhookStrategy, secret };
  for (const { id, event } of subscribed)
    await ask(door, {
      method: "PUT",
      path: `/webhooks/${id}`,
      body: { name: `Mizan ${event}`, event, url, ...security },
    });
  return subscribed;
}

async function readAtAddress(door: Door, url: string): Promise<readonly Subscription[]> {
  return (await readSubscriptions(door)).filter((one) => one.url === url && wantedEvents.includes(one.event));
}

/** Both calls set something to what it shall be, so that repeating them changes nothing. */
async function ask(door: Door, request: Omit<CallRequest, "repeat">): Promise<void> {
  const result = await door.call({ ...request, repeat: "safe" });
  if (result.kind === "ok") return;
  const message = `${request.method} ${request.path} of Salla: ${result.message}`;
  if (result.kind === "refused") throw new InvalidInput("url", message);
  throw new RetryLater(later(door.clock, inDoubtMs), message);
}
