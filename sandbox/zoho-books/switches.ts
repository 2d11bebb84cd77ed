import { choice, flag, type SwitchValues, whole, wholeOrNull, words } from "../switch-set.ts";

const modifiedFilters = ["inclusive", "exclusive", "equality", "ignored"] as const;
const dateFilters = ["honoured", "ignored"] as const;
const sorts = ["honoured", "order-replaced", "ignored"] as const;

/** Every open or changeable behaviour of the stand-in Zoho Books. The names and meanings are printed in the README. */
export const zohoBooksSwitches = {
  latencyMs: whole(0, "every API answer takes this long"),
  perMinuteLimit: wholeOrNull(null, "calls per minute and organisation before code 44 (Zoho: 100)"),
  minuteMs: whole(60_000, "how long a minute of the limit lasts"),
  minuteWindow: choice("sliding", ["sliding", "fixed"], "whether any minute counts or each minute of the clock"),
  blockMs: whole(60_000, "how long code 44 blocks the whole organisation"),
  perDayLimit: wholeOrNull(null, "calls per day and organisation before code 45"),
  dayMs: wholeOrNull(null, "length of a day of the limit; null = until midnight in the organisation's time zone"),
  concurrentLimit: wholeOrNull(null, "calls in process per organisation before code 1070 (Zoho: 10, free plan 5)"),
  rateLimitHeaders: flag(true, "x-rate-limit-* on every organisation-scoped reply"),
  headerDailyLimit: wholeOrNull(10_000, "what x-rate-limit-limit says; null = perDayLimit"),
  tokenLifeMs: whole(3_600_000, "life of an access token"),
  tokenLimit: wholeOrNull(10, "access tokens per refresh token and tokenWindowMs"),
  tokenWindowMs: whole(600_000, "the window of tokenLimit"),
  liveTokenLimit: wholeOrNull(30, "live access tokens per refresh token; the oldest is dropped"),
  refreshTokenLimit: wholeOrNull(20, "refresh tokens per user; one more silently deletes the oldest"),
  scopes: words("ZohoBooks.fullaccess.all", "scopes of the made-up refresh token, as they are when a token is made"),
  expiredTokenAnswer: choice("code-14", ["code-14", "code-57", "empty", "html"], "body of the 401 for a dead token"),
  itemsModifiedFilter: choice("ignored", modifiedFilters, "last_modified_time on /items"),
  contactsModifiedFilter: choice("ignored", modifiedFilters, "last_modified_time on /contacts"),
  salesordersModifiedFilter: choice("inclusive", modifiedFilters, "last_modified_time on /salesorders"),
  purchaseordersModifiedFilter: choice("inclusive", modifiedFilters, "last_modified_time on /purchaseorders"),
  itemsSort: choice("honoured", sorts, "sorting of /items"),
  contactsSort: choice("honoured", sorts, "sorting of /contacts"),
  salesordersSort: choice("honoured", sorts, "sorting of /salesorders"),
  purchaseordersSort: choice("order-replaced", sorts, "sorting of /purchaseorders; order-replaced = always D"),
  salesordersDateFilter: choice("honoured", dateFilters, "date_start, _end, _before and _after on /salesorders"),
  purchaseordersDateFilter: choice("honoured", dateFilters, "date_start, _end, _before and _after on /purchaseorders"),
  purchaseordersReferenceFilter: choice(
    "exact",
    ["exact", "contains", "ignored"],
    "reference_number on /purchaseorders",
  ),
  perPageAbove200: choice("capped", ["capped", "honoured", "refused"], "what per_page=201 does"),
  stockIn: choice(
    "details",
    ["details", "list-totals", "list"],
    "where stock for sale is: details only, list too, or with places",
  ),
  stockShape: choice(
    "as-stored",
    ["as-stored", "warehouses", "locations", "none"],
    "in which shape stock per place is shown",
  ),
  placesEndpoint: choice(
    "both",
    ["both", "locations", "warehouses"],
    "which of /locations and /settings/warehouses answers",
  ),
  itemDetailsLimit: whole(100, "ids per /itemdetails call; more are refused"),
  salespersonIdInList: flag(false, "salesperson_id in the rows of /salesorders"),
  linesInSalesorderIds: flag(false, "line_items in the rows of /salesorders?salesorder_ids="),
  autoNumbering: flag(true, "purchase orders are numbered by Zoho"),
  uniquePurchaseOrderField: words(
    "",
    "the custom field without duplicates by which PUT /purchaseorders upserts; empty = none",
  ),
} as const;

export type ZohoBooksSwitches = SwitchValues<typeof zohoBooksSwitches>;
