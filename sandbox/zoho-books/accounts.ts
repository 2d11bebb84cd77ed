import { hexDigits } from "../seeded-random.ts";
import { type Clock, jsonResponse, type Random, type WireRequest, type WireResponse } from "../wire.ts";
import type { ZohoBooksSwitches } from "./switches.ts";

/** Made up; they work after start and after every reset. */
export const zohoCredentials = {
  clientId: "1000.MADEUPCLIENT",
  clientSecret: "made-up-zoho-client-secret",
  refreshToken: "1000.made-up-refresh-token.0001",
  organizationId: "60814150001",
} as const;

interface RefreshToken {
  /** Undefined for the made-up token, whose scopes are a switch. */
  readonly scopes: string | undefined;
  /** When its access tokens were made, for the limit per window. */
  issuedMs: number[];
  /** Its live access tokens, oldest first. */
  access: string[];
}

interface AccessToken {
  readonly scopes: ReadonlySet<string>;
  readonly expiresMs: number;
}

/** What the accounts server remembers. */
export interface Tokens {
  readonly refresh: Map<string, RefreshToken>;
  readonly access: Map<string, AccessToken>;
  readonly codes: Map<string, string>;
}

/** What the accounts server needs to work. */
export interface Accounts {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: ZohoBooksSwitches;
  readonly tokens: Tokens;
  /** The API host that the token answer names. */
  readonly apiDomain: () => string;
}

export function newTokens(): Tokens {
  const made: RefreshToken = { scopes: undefined, issuedMs: [], access: [] };
  return { refresh: new Map([[zohoCredentials.refreshToken, made]]), access: new Map(), codes: new Map() };
}

/** The accounts server: `/oauth/v2/auth` (consents at once), `/oauth/v2/token`, `/oauth/v2/token/revoke`. */
export function answerAccounts(accounts: Accounts, request: WireRequest): WireResponse {
  const form = new URLSearchParams(request.body);
  for (const [name, value] of request.query) if (!form.has(name)) form.set(name, value);
  const route = `${request.method} ${request.path}`;
  if (route === "GET /oauth/v2/auth") return consent(accounts, form, request.headers.host);
  if (route === "POST /oauth/v2/token") return token(accounts, form);
  if (route === "POST /oauth/v2/token/revoke") return revoke(accounts, form);
  return jsonResponse(404, { error: "invalid_url" });
}

/** The scopes of a live access token; undefined when it is unknown or has expired. */
export function scopesOf(accounts: Accounts, authorization: string): ReadonlySet<string> | undefined {
  const match = /^(?:Zoho-oauthtoken|Bearer) (\S+)$/.exec(authorization);
  const known = accounts.tokens.access.get(match?.[1] ?? "");
  return known !== undefined && known.expiresMs > accounts.clock.now() ? known.scopes : undefined;
}

/** Ends every access token at once, as if its hour were over. */
export function expireAccessTokens(tokens: Tokens): void {
  tokens.access.clear();
  for (const refresh of tokens.refresh.values()) refresh.access = [];
}

/** OAuth errors of Zoho come as HTTP 200 with an `error` key. */
function oauthError(error: string, description?: string): WireResponse {
  return jsonResponse(200, description === undefined ? { error } : { error, error_description: description });
}

function consent(accounts: Accounts, form: URLSearchParams, host = "accounts.zoho.eu"): WireResponse {
  const redirect = form.get("redirect_uri");
  if (form.get("client_id") !== zohoCredentials.clientId || redirect === null) return oauthError("invalid_client");
  const code = `1000.${hexDigits(accounts.random, 32)}`;
  const offline = form.get("access_type") === "offline" ? "offline" : "online";
  accounts.tokens.codes.set(code, `${offline} ${form.get("scope") ?? ""}`);
  const target = new URL(redirect);
  target.searchParams.set("code", code);
  target.searchParams.set("location", "eu");
  target.searchParams.set("accounts-server", `http://${host}`);
  const state = form.get("state");
  if (state !== null) target.searchParams.set("state", state);
  return { status: 302, headers: { location: target.href }, body: "" };
}

function token(accounts: Accounts, form: URLSearchParams): WireResponse {
  if (form.get("client_id") !== zohoCredentials.clientId) return oauthError("invalid_client");
  if (form.get("client_secret") !== zohoCredentials.clientSecret) return oauthError("invalid_client_secret");
  const grant = form.get("grant_type");
  if (grant === "refresh_token") return refreshed(accounts, form.get("refresh_token") ?? "", false);
  if (grant !== "authorization_code") return oauthError("unsupported_grant_type");
  const code = form.get("code") ?? "";
  const granted = accounts.tokens.codes.get(code);
  // A code serves once.
  accounts.tokens.codes.delete(code);
  if (granted === undefined) return oauthError("invalid_code");
  const [access = "", ...scopes] = granted.split(" ");
  return refreshed(accounts, newRefreshToken(accounts, scopes.join(" ")), access === "offline");
}

/** Makes an access token; the refresh token is shown only where a code was exchanged, never on a refresh. */
function refreshed(accounts: Accounts, refreshToken: string, showRefreshToken: boolean): WireResponse {
  const { switches, tokens } = accounts;
  const now = accounts.clock.now();
  const refresh = tokens.refresh.get(refreshToken);
  if (refresh === undefined) return oauthError("invalid_code");
  refresh.issuedMs = refresh.issuedMs.filter((issued) => issued > now - switches.tokenWindowMs);
  if (switches.tokenLimit !== null && refresh.issuedMs.length >= switches.tokenLimit) {
    return oauthError(
      "Access Denied",
      "You have made too many requests continuously. Please try again after some time.",
    );
  }
  refresh.issuedMs.push(now);
  const scopes = refresh.scopes ?? switches.scopes;
  const access = `1000.${hexDigits(accounts.random, 32)}.${hexDigits(accounts.random, 32)}`;
  tokens.access.set(access, { scopes: new Set(scopes.split(/[,\s]+/)), expiresMs: now + switches.tokenLifeMs });
  refresh.access.push(access);
  while (switches.liveTokenLimit !== null && refresh.access.length > switches.liveTokenLimit) {
    tokens.access.delete(refresh.access.shift() ?? "");
  }
  return jsonResponse(200, {
    access_token: access,
    ...(showRefreshToken ? { refresh_token: refreshToken } : {}),
    scope: scopes.replaceAll(",", " "),
    api_domain: accounts.apiDomain(),
    token_type: "Bearer",
    expires_in: Math.floor(switches.tokenLifeMs / 1000),
  });
}

function newRefreshToken(accounts: Accounts, scopes: string): string {
  const { refresh } = accounts.tokens;
  const limit = accounts.switches.refreshTokenLimit;
  const made = `1000.${hexDigits(accounts.random, 32)}.${hexDigits(accounts.random, 32)}`;
  refresh.set(made, { scopes, issuedMs: [], access: [] });
  while (limit !== null && refresh.size > limit) {
    const oldest = refresh.keys().next().value ?? "";
    forget(accounts.tokens, oldest);
  }
  return made;
}

function revoke(accounts: Accounts, form: URLSearchParams): WireResponse {
  const given = form.get("token") ?? "";
  const known = accounts.tokens.refresh.has(given) || accounts.tokens.access.has(given);
  if (!known) return oauthError("invalid_token");
  forget(accounts.tokens, given);
  accounts.tokens.access.delete(given);
  return jsonResponse(200, { status: "success" });
}

function forget(tokens: Tokens, refreshToken: string): void {
  for (const access of tokens.refresh.get(refreshToken)?.access ?? []) tokens.access.delete(access);
  tokens.refresh.delete(refreshToken);
}
