import { choice, flag, type SwitchValues, whole, wholeOrNull, words } from "../switch-set.ts";

/** Every open or changeable behaviour of the stand-in Optiply. The names and meanings are printed in the README. */
export const optiplySwitches = {
  latencyMs: whole(0, "every API answer takes this long"),
  perSecondLimit: wholeOrNull(null, "calls per secondMs before a 429"),
  secondMs: whole(1000, "the window of perSecondLimit"),
  retryAfter: flag(false, "a 429 carries Retry-After"),
  tokenLifeMs: whole(3_600_000, "life of an access token"),
  refreshGrant: flag(true, "the token endpoint takes grant_type=refresh_token"),
  refreshTokenRotates: flag(false, "a refresh ends the old refresh token and gives a new one"),
  mediaTypeMissing: choice(
    "refused",
    ["refused", "accepted"],
    "a request without Content-Type application/vnd.api+json: 415 or taken",
  ),
  accountIdMissing: choice("refused-on-post", ["accepted", "refused-on-post", "refused"], "a write without accountId"),
  couplingIdMissing: choice(
    "remote-id-ignored",
    ["remote-id-ignored", "accepted", "refused"],
    "a write with remoteId but without couplingId; accepted keeps it under the key default",
  ),
  remoteDataSyncedToDate: choice(
    "accepted",
    ["accepted", "needs-coupling", "refused"],
    "whether the attribute is taken",
  ),
  remoteDataSyncedToDateRefusedOn: words("", "comma list of resources that refuse remoteDataSyncedToDate in any case"),
  unknownFilter: choice(
    "refused",
    ["refused", "ignored"],
    "a filter on an attribute that is not there (remoteId is never there)",
  ),
  completedFilter: choice("honoured", ["honoured", "ignored"], "filter[completed]"),
  updatedAtFilter: choice("honoured", ["honoured", "ignored", "refused"], "filter[updatedAt]"),
  filterInstantZ: choice(
    "refused",
    ["refused", "accepted"],
    "a filter instant that ends in Z where +00:00 is asked for",
  ),
  limitAbove100: choice("refused", ["refused", "capped"], "page[limit] above 100"),
  nullOnPatch: choice("clears", ["clears", "ignored", "refused"], "null in a PATCH"),
  unknownAttributes: choice("ignored", ["ignored", "refused"], "an attribute that the resource does not have"),
  extraDecimals: choice("round", ["round", "keep", "refuse"], "money with more than two decimals"),
  duplicateOrderLines: choice("refused", ["refused", "accepted"], "the same product twice in one order"),
  nonPositiveQuantities: choice("accepted", ["accepted", "refused"], "a sell order line with quantity 0 or less"),
  lineIdsInPostAnswer: flag(false, "the answer to an order with orderLines names the ids of its lines"),
  createdFromPublicApi: choice(
    "told",
    ["told", "missing", "always-false"],
    "what rows say of it; missing = rows and filters do not know the attribute",
  ),
  linesTouchOrder: flag(false, "updatedAt of an order moves when one of its lines is made, changed or deleted"),
  sellOrderLinesTimeoutAbove: wholeOrNull(null, "GET /sellOrderLines answers 504 when more rows than this match"),
} as const;

export type OptiplySwitches = SwitchValues<typeof optiplySwitches>;
