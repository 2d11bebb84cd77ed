import { initialValues } from "../switch-set.ts";
import type { Clock, Pause, Random, WireRequest, WireResponse } from "../wire.ts";
import { document, errorDocument, MEDIA_TYPE, notFound, resourceObject } from "./envelope.ts";
import { listRows } from "./list.ts";
import { isResourceName } from "./resources.ts";
import { type OptiplySwitches, optiplySwitches } from "./switches.ts";
import { answerToken, deadToken } from "./token.ts";
import { newWebshop, type Webshop } from "./webshop.ts";
import { createRow, patchRow, removeRow } from "./writes.ts";

const BASE_PATH = "/v1";
const TOKEN_PATH = "/api/auth/oauth/token";

/** A stand-in Optiply: plain functions over stored rows, without a transport of its own. */
export interface Optiply {
  readonly switches: OptiplySwitches;
  /** The present webshop; replaced by a reset. */
  readonly webshop: () => Webshop;
  /** The API under `/v1` and the token endpoint, which live on two hosts in reality. */
  api(request: WireRequest, pause: Pause): Promise<WireResponse>;
  /** Ends every access token at once. */
  expireTokens(): void;
  /** Forgets everything but the account, and sets the switches back. */
  reset(random: Random): void;
}

/** Makes the stand-in. */
export function createOptiply({ clock, random }: { clock: Clock; random: Random }): Optiply {
  const switches = initialValues(optiplySwitches);
  let webshop = newWebshop(clock, random, switches);
  return {
    switches,
    webshop: () => webshop,
    api: async (request, pause) => {
      if (pause.beforeMs > 0) await clock.sleep(pause.beforeMs);
      const answer = request.path === TOKEN_PATH ? answerToken(webshop, request) : answerApi(webshop, request);
      const afterMs = pause.afterMs + (request.path === TOKEN_PATH ? 0 : switches.latencyMs);
      if (afterMs > 0) await clock.sleep(afterMs);
      return answer;
    },
    expireTokens: () => webshop.tokens.access.clear(),
    reset: (next) => {
      Object.assign(switches, initialValues(optiplySwitches));
      webshop = newWebshop(clock, next, switches);
    },
  };
}

/** The 429 of this stand-in; whether it carries `Retry-After` is a switch, because nobody has seen one. */
export function rateLimitAnswer({ retryAfter, secondMs }: OptiplySwitches): WireResponse {
  const headers = retryAfter ? { "retry-after": String(Math.max(1, Math.ceil(secondMs / 1000))) } : {};
  return errorDocument(429, "Too many requests", headers as Record<string, string>);
}

function answerApi(webshop: Webshop, request: WireRequest): WireResponse {
  const { switches } = webshop;
  const unauthorised = deadToken(webshop, request.headers.authorization ?? "");
  if (unauthorised !== undefined) return unauthorised;
  if (overLimit(webshop)) return rateLimitAnswer(switches);
  const mediaType = request.headers["content-type"] ?? "";
  if (switches.mediaTypeMissing === "refused" && !mediaType.startsWith(MEDIA_TYPE)) {
    return errorDocument(415, `Content-Type must be ${MEDIA_TYPE}`);
  }
  const [root, name = "", id, ...rest] = request.path.slice(1).split("/");
  if (`/${root}` !== BASE_PATH || !isResourceName(name) || rest.length > 0) {
    return errorDocument(404, `no resource at ${request.path}`);
  }
  const host = request.headers.host;
  const base = `${host === undefined ? "https://api.optiply.com" : `http://${host}`}${BASE_PATH}`;
  if (id === undefined || id === "") {
    if (request.method === "GET") return listRows(webshop, name, request, base);
    if (request.method === "POST" && name !== "accounts") return createRow(webshop, name, request, base);
    return errorDocument(405, `${request.method} is not allowed on ${name}`);
  }
  // An id such as "nan" breaks Java's parser; Optiply answers 500 then.
  if (!/^\d+$/.test(id)) return errorDocument(500, `Internal Server Error (id: ${id})`);
  const row = webshop.tables[name].rows.get(Number(id));
  if (row === undefined) return notFound(name, id);
  if (request.method === "GET") return document(200, { data: resourceObject(webshop, name, row, base) });
  if (request.method === "PATCH") return patchRow(webshop, name, row, request, base);
  if (request.method === "DELETE") return removeRow(webshop, name, row, request);
  return errorDocument(405, `${request.method} is not allowed on ${name}`);
}

function overLimit(webshop: Webshop): boolean {
  const { perSecondLimit, secondMs } = webshop.switches;
  if (perSecondLimit === null) return false;
  const now = webshop.clock.now();
  webshop.callsMs = webshop.callsMs.filter((at) => at > now - secondMs);
  webshop.callsMs.push(now);
  return webshop.callsMs.length > perSecondLimit;
}
