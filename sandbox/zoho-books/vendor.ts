import { importLongHistory } from "../shops/long-history.ts";
import { importMadeUpShop } from "../shops/made-up-shop.ts";
import { importOnlineRetail } from "../shops/online-retail.ts";
import { noSuchResource, type RecordStore, type Surroundings, type Vendor } from "../vendor.ts";
import type { Fields, WireRequest, WireResponse } from "../wire.ts";
import { zohoCredentials } from "./accounts.ts";
import { zoneOf } from "./books.ts";
import { failure } from "./envelope.ts";
import { limitAnswer, limitHeaders } from "./limits.ts";
import { addRecord, changeRecord, readRecord, readRecords, removeRecord, resources } from "./merchant.ts";
import { shiftBooks } from "./shift-books.ts";
import { zohoBooksSwitches } from "./switches.ts";
import { createZohoBooks, type ZohoBooks } from "./zoho-books.ts";

const NAME = "zoho-books";
const ACCOUNTS = "zoho-accounts";

/** The row of Zoho Books in the list of stand-in vendors. */
export const zohoBooksVendor = {
  name: NAME,
  title: "Zoho Books",
  basePath: "/books/v3",
  rateLimitCodes: [44, 45, 1070],
  rowIds: /\{"(?:item_id|contact_id|salesorder_id|purchaseorder_id)":"(\d+)"/g,
  seedStep: 1,
  credentials: zohoCredentials,
  switchSet: zohoBooksSwitches,
  doors: [NAME, ACCOUNTS],
  addresses: (urlOf: (door: typeof NAME | typeof ACCOUNTS) => string) => ({
    apiUrl: urlOf(NAME),
    accountsUrl: urlOf(ACCOUNTS),
  }),
  open: ({ clock, random, urlOf }: Surroundings) => {
    const zohoBooks = createZohoBooks({ clock, random, apiDomain: () => urlOf(NAME) });
    return {
      standIn: zohoBooks,
      switches: zohoBooks.switches,
      serve: (door, request, pause) => zohoBooks[door === ACCOUNTS ? "accounts" : "api"](request, pause),
      reset: zohoBooks.reset,
      expireTokens: zohoBooks.expireTokens,
      failure: (status) => failure(status, 1000, "Internal Error"),
      failureWithin200: (code) => failure(200, code ?? 1000, "Internal Error"),
      rateLimited: (request, code) => rateLimited(zohoBooks, request, code),
      shiftRow: (request, rowId, shift) => shiftBooks(zohoBooks.books(), request, rowId, shift),
      storeOf: (resource) => storeOf(zohoBooks, resource),
      imports: {
        "online-retail": (options: Fields) => importOnlineRetail(zohoBooks.books(), options),
        "made-up-shop": (options: Fields) => importMadeUpShop(zohoBooks.books(), options),
        "long-history": (options: Fields) => importLongHistory(zohoBooks.books(), options),
      },
    };
  },
} as const satisfies Vendor;

function storeOf(zohoBooks: ZohoBooks, resource: string): RecordStore {
  const kept = resources.find((one) => one === resource);
  if (kept === undefined) throw noSuchResource(NAME, resource, resources);
  const books = zohoBooks.books();
  return {
    add: (given) => addRecord(books, kept, given),
    change: (id, changes) => changeRecord(books, kept, id, changes),
    remove: (id) => removeRecord(books, kept, id),
    read: (id) => readRecord(books, kept, id),
    readAll: (organizationId) => readRecords(books, kept, organizationId),
  };
}

function rateLimited({ switches, books }: ZohoBooks, request: WireRequest, asked: number | undefined): WireResponse {
  const code = asked === 45 ? 45 : asked === 1070 ? 1070 : 44;
  const answer = limitAnswer(code, switches);
  const { organizations, clock } = books();
  const organization = organizations.get(request.query.get("organization_id") ?? "");
  if (organization === undefined) return answer;
  const headers = limitHeaders(organization.limits, switches, zoneOf(organization), clock.now());
  return {
    ...answer,
    headers: { ...answer.headers, ...headers, ...(code === 45 ? { "x-rate-limit-remaining": "0" } : {}) },
  };
}
