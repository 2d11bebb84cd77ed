import { initialValues } from "../switch-set.ts";
import type { Clock, Pause, Random, WireRequest, WireResponse } from "../wire.ts";
import { type Accounts, answerAccounts, expireAccessTokens, newTokens, scopesOf } from "./accounts.ts";
import type { Books, Organization } from "./books.ts";
import { zoneOf } from "./books.ts";
import { failure } from "./envelope.ts";
import { limitHeaders, overLimit } from "./limits.ts";
import { addOrganization, firstOrganization } from "./merchant.ts";
import { listOrganizations, urlNotFound } from "./places.ts";
import { findRoute, hasScope } from "./routes.ts";
import { type ZohoBooksSwitches, zohoBooksSwitches } from "./switches.ts";

const BASE_PATH = "/books/v3/";

/** A stand-in Zoho Books: plain functions over stored rows, without a transport of its own. */
export interface ZohoBooks {
  readonly switches: ZohoBooksSwitches;
  /** The present books; replaced by a reset. */
  readonly books: () => Books;
  /** The accounts server. */
  accounts(request: WireRequest, pause: Pause): Promise<WireResponse>;
  /** The API server: everything under `/books/v3/`. */
  api(request: WireRequest, pause: Pause): Promise<WireResponse>;
  /** Ends every access token at once. */
  expireTokens(): void;
  /** Forgets everything but one organisation, and sets the switches back. */
  reset(random: Random): void;
}

/**
 * Makes the stand-in.
 * @param options.apiDomain gives the `api_domain` of the token answer; it is known only once a listener runs.
 */
export function createZohoBooks(options: { clock: Clock; random: Random; apiDomain?: () => string }): ZohoBooks {
  const { clock, apiDomain = () => "https://www.zohoapis.eu" } = options;
  const switches = initialValues(zohoBooksSwitches);
  let books = newBooks(clock, options.random, switches);
  const accounts = (): Accounts => ({ clock, random: books.random, switches, tokens: books.tokens, apiDomain });
  return {
    switches,
    books: () => books,
    accounts: async (request, pause) => {
      if (pause.beforeMs > 0) await clock.sleep(pause.beforeMs);
      const answer = answerAccounts(accounts(), request);
      if (pause.afterMs > 0) await clock.sleep(pause.afterMs);
      return answer;
    },
    api: (request, pause) => answerApi(books, accounts(), request, pause),
    expireTokens: () => expireAccessTokens(books.tokens),
    reset: (random) => {
      Object.assign(switches, initialValues(zohoBooksSwitches));
      books = newBooks(clock, random, switches);
    },
  };
}

function newBooks(clock: Clock, random: Random, switches: ZohoBooksSwitches): Books {
  const books: Books = {
    clock,
    random,
    switches,
    organizations: new Map(),
    tokens: newTokens(),
    lastId: 0,
    lastPurchaseOrder: 0,
  };
  addOrganization(books, firstOrganization);
  return books;
}

/** In Zoho's order: token, address, scope, organisation, limits, work. */
async function answerApi(books: Books, accounts: Accounts, request: WireRequest, pause: Pause): Promise<WireResponse> {
  const scopes = scopesOf(accounts, request.headers.authorization ?? "");
  if (scopes === undefined) return deadToken(books.switches);
  if (!request.path.startsWith(BASE_PATH)) return urlNotFound();
  const path = request.path.slice(BASE_PATH.length).replace(/\/$/, "");
  if (request.method === "GET" && path === "organizations") {
    return hasScope(scopes, "settings.READ") ? listOrganizations(books) : notAuthorised();
  }
  const found = findRoute(request.method, path);
  if (found === "path") return urlNotFound();
  if (found === "method") return failure(405, 37, "The HTTP method is not allowed for the requested resource");
  const organization = organizationOf(books, request, path, found.id);
  if (!hasScope(scopes, found.route.scope)) return notAuthorised();
  if ("status" in organization) return organization;
  return await counted(books, organization, pause, () =>
    found.route.answer({ books, organization, request, nowMs: books.clock.now() }, found.id),
  );
}

/** Runs the work within the limits of the organisation and adds the limit headers. */
async function counted(
  books: Books,
  organization: Organization,
  pause: Pause,
  work: () => WireResponse,
): Promise<WireResponse> {
  const { clock, switches } = books;
  const { limits } = organization;
  const zone = zoneOf(organization);
  const refused = overLimit(limits, switches, zone, clock.now());
  const headers = limitHeaders(limits, switches, zone, clock.now());
  if (refused !== undefined) return { ...refused, headers: { ...refused.headers, ...headers } };
  limits.inProcess += 1;
  try {
    if (pause.beforeMs > 0) await clock.sleep(pause.beforeMs);
    const answer = work();
    const afterMs = pause.afterMs + switches.latencyMs;
    if (afterMs > 0) await clock.sleep(afterMs);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  } finally {
    limits.inProcess -= 1;
  }
}

function organizationOf(books: Books, request: WireRequest, path: string, id: string): Organization | WireResponse {
  const asked = path.startsWith("organizations/") ? id : request.query.get("organization_id");
  if (asked === null || asked === "") return failure(400, 4, "Invalid value passed for organization_id");
  return books.organizations.get(asked) ?? failure(400, 6041, "This user is not associated with the organization.");
}

function notAuthorised(): WireResponse {
  return failure(401, 57, "You are not authorized to perform this operation");
}

function deadToken(switches: ZohoBooksSwitches): WireResponse {
  if (switches.expiredTokenAnswer === "code-57") return notAuthorised();
  if (switches.expiredTokenAnswer === "empty") return { status: 401, headers: {}, body: "" };
  if (switches.expiredTokenAnswer === "html") {
    return { status: 401, headers: { "content-type": "text/html" }, body: "<html><body>Unauthorized</body></html>" };
  }
  return failure(401, 14, "Invalid value passed for authtoken.");
}
