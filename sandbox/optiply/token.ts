import { hexDigits } from "../seeded-random.ts";
import { jsonResponse, type WireRequest, type WireResponse } from "../wire.ts";
import { optiplyCredentials } from "./credentials.ts";
import type { Webshop } from "./webshop.ts";

/** `POST /api/auth/oauth/token`: Basic auth and the password grant; `grant_type` in the query or in the form. */
export function answerToken(webshop: Webshop, request: WireRequest): WireResponse {
  if (request.method !== "POST") return jsonResponse(405, { error: "method_not_allowed" });
  const form = new URLSearchParams(request.body);
  const grant = request.query.get("grant_type") ?? form.get("grant_type");
  const basic = Buffer.from(`${optiplyCredentials.clientId}:${optiplyCredentials.clientSecret}`).toString("base64");
  if (request.headers.authorization !== `Basic ${basic}`) {
    return oauthError(
      401,
      "unauthorized",
      "UserDetailsService returned null, which is an interface contract violation",
    );
  }
  if (grant === "password") {
    const known =
      form.get("username") === optiplyCredentials.username && form.get("password") === optiplyCredentials.password;
    return known ? newToken(webshop) : oauthError(400, "invalid_grant", "Bad credentials");
  }
  if (grant !== "refresh_token" || !webshop.switches.refreshGrant) {
    return oauthError(400, "unsupported_grant_type", `Unsupported grant type: ${grant ?? ""}`);
  }
  const given = form.get("refresh_token") ?? request.query.get("refresh_token") ?? "";
  if (!webshop.tokens.refresh.has(given)) return oauthError(400, "invalid_grant", `Invalid refresh token: ${given}`);
  if (!webshop.switches.refreshTokenRotates) return newToken(webshop, given);
  webshop.tokens.refresh.delete(given);
  return newToken(webshop);
}

/** The 401 for a request without a live token; undefined when the token is good. */
export function deadToken(webshop: Webshop, authorization: string): WireResponse | undefined {
  const match = /^Bearer (\S+)$/i.exec(authorization);
  const token = match?.[1];
  if (token === undefined) {
    return oauthError(401, "unauthorized", "Full authentication is required to access this resource");
  }
  const endsMs = webshop.tokens.access.get(token);
  if (endsMs === undefined) return oauthError(401, "invalid_token", "Invalid access token");
  return endsMs > webshop.clock.now() ? undefined : oauthError(401, "invalid_token", "Access token expired");
}

function newToken(webshop: Webshop, refreshToken = hexDigits(webshop.random, 32)): WireResponse {
  const access = hexDigits(webshop.random, 32);
  webshop.tokens.access.set(access, webshop.clock.now() + webshop.switches.tokenLifeMs);
  webshop.tokens.refresh.add(refreshToken);
  return jsonResponse(200, {
    access_token: access,
    token_type: "bearer",
    refresh_token: refreshToken,
    expires_in: Math.floor(webshop.switches.tokenLifeMs / 1000),
    scope: "read write delete",
  });
}

function oauthError(status: number, error: string, description: string): WireResponse {
  return jsonResponse(status, { error, error_description: description });
}
