import { hexDigits } from "../seeded-random.ts";
import { type Clock, type Fields, jsonResponse, type Random, type WireRequest, type WireResponse } from "../wire.ts";
import { sallaCredentials } from "./credentials.ts";
import { failure } from "./envelope.ts";
import type { SallaSwitches } from "./switches.ts";
import { plainTime } from "./times.ts";

/** Tokens that descend from one consent; they live and die together. */
interface Family {
  alive: boolean;
  /** Undefined for those whose scopes are a switch. */
  readonly scopes: string | undefined;
}

interface RefreshToken {
  readonly family: Family;
  readonly madeMs: number;
  /** The answer that its one use got, and when. */
  used: { readonly atMs: number; readonly answer: Fields } | undefined;
}

/** What a token says with which a dashboard opened an embedded page. */
interface EmbeddedToken {
  /** The store whose dashboard it was. */
  readonly merchantId: string;
  readonly endsMs: number;
}

/** What the accounts server remembers. */
export interface Tokens {
  readonly refresh: Map<string, RefreshToken>;
  readonly access: Map<string, { readonly family: Family; readonly endsMs: number }>;
  readonly codes: Map<string, { readonly scopes: string; readonly redirectUri: string }>;
  /** Tokens with which a dashboard opened an embedded page. */
  readonly embedded: Map<string, EmbeddedToken>;
}

export interface Accounts {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: SallaSwitches;
  readonly tokens: Tokens;
}

export function newTokens(nowMs: number): Tokens {
  const first: RefreshToken = { family: { alive: true, scopes: undefined }, madeMs: nowMs, used: undefined };
  return {
    refresh: new Map([[sallaCredentials.refreshToken, first]]),
    access: new Map(),
    codes: new Map(),
    embedded: new Map(),
  };
}

/** The accounts server: `/oauth2/auth` (consents at once), `/oauth2/token`, `/oauth2/user/info`. */
export function answerAccounts(accounts: Accounts, request: WireRequest): WireResponse {
  const route = `${request.method} ${request.path}`;
  if (route === "GET /oauth2/auth") return consent(accounts, request.query);
  if (route === "POST /oauth2/token") return token(accounts, new URLSearchParams(request.body));
  if (route === "GET /oauth2/user/info") return userInfo(accounts, request);
  return failure(accounts.switches, 404, "error", "not found");
}

/** What is wrong with the bearer, as Salla's 401; else the scopes of the token. */
export function authorise(accounts: Accounts, request: WireRequest): { scopes: ReadonlySet<string> } | WireResponse {
  const { tokens, clock, switches } = accounts;
  const [, bearer = ""] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
  const known = tokens.access.get(bearer);
  if (known === undefined || !known.family.alive || known.endsMs <= clock.now())
    return unauthorised(switches, "The access token is invalid");
  if (switches.userState === "deleted") return unauthorised(switches, "The User is not exists.");
  if (switches.userState === "inactive") return unauthorised(switches, "عذراً، حسابك غير مفعل");
  return { scopes: new Set((known.family.scopes ?? switches.scopes).split(/[,\s]+/)) };
}

export function unauthorised(switches: SallaSwitches, message: string): WireResponse {
  return failure(switches, 401, "Unauthorized", message);
}

/** True when the token may do this; reading is part of `read_write`. */
export function hasScope(scopes: ReadonlySet<string>, scope: string): boolean {
  return scopes.has(scope) || scopes.has(scope.replace(/\.read$/, ".read_write"));
}

export function expireAccessTokens({ access }: Tokens): void {
  access.clear();
}

/** The app is taken out of the store: every token ends. */
export function revokeAll({ access, refresh }: Tokens): void {
  for (const { family } of refresh.values()) family.alive = false;
  access.clear();
}

/** New tokens as an installation gives them, for `app.store.authorize`. */
export function issueTokens(accounts: Accounts): Fields {
  const { switches, clock } = accounts;
  const { access_token, refresh_token } = made(accounts, { alive: true, scopes: undefined });
  const expires = expiry(switches.tokenLifeMs, clock.now(), switches.authorizeExpires === "timestamp");
  return { access_token, expires, refresh_token, scope: switches.scopes, token_type: "bearer" };
}

function consent({ random, switches, tokens }: Accounts, query: URLSearchParams): WireResponse {
  const redirectUri = query.get("redirect_uri");
  if (query.get("client_id") !== sallaCredentials.clientId || redirectUri === null)
    return oauthError(400, "invalid_client", "Client authentication failed");
  const code = `ory_ac_${hexDigits(random, 40)}`;
  tokens.codes.set(code, { scopes: query.get("scope") ?? "", redirectUri });
  const target = new URL(redirectUri);
  target.searchParams.set("code", code);
  target.searchParams.set("scope", query.get("scope") ?? "");
  const state = query.get("state");
  if (state !== null)
    target.searchParams.set("state", switches.stateHyphens === "stripped" ? state.replaceAll("-", "") : state);
  return { status: 302, headers: { location: target.href }, body: "" };
}

function token(accounts: Accounts, form: URLSearchParams): WireResponse {
  if (
    form.get("client_id") !== sallaCredentials.clientId ||
    form.get("client_secret") !== sallaCredentials.clientSecret
  )
    return oauthError(401, "invalid_client", "Client authentication failed");
  const grant = form.get("grant_type");
  if (grant === "refresh_token") return refreshed(accounts, form.get("refresh_token") ?? "");
  if (grant !== "authorization_code")
    return oauthError(400, "unsupported_grant_type", "The authorization grant type is not supported");
  const code = form.get("code") ?? "";
  const granted = accounts.tokens.codes.get(code);
  // A code serves once.
  accounts.tokens.codes.delete(code);
  if (granted === undefined || granted.redirectUri !== form.get("redirect_uri"))
    return oauthError(400, "invalid_grant", "The authorization code is invalid, expired or revoked");
  const { switches, clock } = accounts;
  const tokens = made(accounts, { alive: true, scopes: granted.scopes });
  const expires = expiry(switches.tokenLifeMs, clock.now(), switches.exchangeExpires === "timestamp");
  return jsonResponse(200, { ...tokens, expires, scope: granted.scopes, token_type: "bearer" });
}

/** A refresh token serves once; a second use ends it, what came of it, and every access token. */
function refreshed(accounts: Accounts, given: string): WireResponse {
  const { switches, clock, tokens } = accounts;
  const now = clock.now();
  const known = tokens.refresh.get(given);
  const ended =
    known !== undefined && switches.refreshTokenLifeMs !== null && known.madeMs + switches.refreshTokenLifeMs <= now;
  if (known === undefined || !known.family.alive || ended) return invalidGrant();
  if (known.used !== undefined) {
    if (now - known.used.atMs < switches.refreshGraceMs) return jsonResponse(200, known.used.answer);
    known.family.alive = false;
    return invalidGrant();
  }
  const { refreshExpires } = switches;
  const expires = expiry(switches.tokenLifeMs, now, refreshExpires === "expires-timestamp");
  const answer = {
    ...made(accounts, known.family),
    ...(refreshExpires === "expires_in" ? { expires_in: expires } : { expires }),
    scope: known.family.scopes ?? switches.scopes,
    token_type: "bearer",
  };
  known.used = { atMs: now, answer };
  return jsonResponse(200, answer);
}

function made({ random, tokens, clock, switches }: Accounts, family: Family) {
  const access_token = `ory_at_${hexDigits(random, 43)}`;
  const refresh_token = `ory_rt_${hexDigits(random, 43)}`;
  tokens.access.set(access_token, { family, endsMs: clock.now() + switches.tokenLifeMs });
  tokens.refresh.set(refresh_token, { family, madeMs: clock.now(), used: undefined });
  return { access_token, refresh_token };
}

function userInfo(accounts: Accounts, request: WireRequest): WireResponse {
  const { switches, clock } = accounts;
  const allowed = authorise(accounts, request);
  if ("status" in allowed) return allowed;
  const now = clock.now();
  const user = {
    id: 1_473_353_380,
    name: "صاحب المتجر",
    email: "merchant@made-up.example",
    mobile: "+966500000001",
    role: "user",
    created_at: plainTime(0),
    merchant: {
      id: Number(sallaCredentials.merchantId),
      username: "made-up-store",
      name: "متجر الأمثلة",
      avatar: "",
      store_location: "24.7,46.6",
      plan: switches.plan,
      status: "active",
      domain: "https://made-up-store.example",
      tax_number: "300000000000003",
      commercial_number: "1010000000",
      created_at: plainTime(0),
    },
    context: {
      app: Number(sallaCredentials.appId),
      scope: [...allowed.scopes].join(" "),
      exp: Math.floor((now + switches.tokenLifeMs) / 1000),
    },
  };
  return switches.userInfo === "bare"
    ? jsonResponse(200, user)
    : jsonResponse(200, { status: 200, success: true, data: user });
}

function expiry(lifeMs: number, nowMs: number, asTimestamp: boolean): number {
  return Math.floor((asTimestamp ? nowMs + lifeMs : lifeMs) / 1000);
}

/** In plain OAuth shape, without Salla's envelope. */
function oauthError(status: number, error: string, error_description: string): WireResponse {
  return jsonResponse(status, { error, error_description });
}

function invalidGrant(): WireResponse {
  return oauthError(
    401,
    "invalid_grant",
    "The provided authorization grant or refresh token is invalid, expired or revoked",
  );
}
