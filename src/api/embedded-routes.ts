import { readFileSync } from "node:fs";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Language } from "../core/reasons.ts";
import { faultOf } from "../operations/fault.ts";
import { admitVisitor, integrationOfVisit, pageBounds } from "../operations/page-visits.ts";
import { createRateBound } from "../operations/rate-bound.ts";
import { recentOrders } from "../operations/recent-orders.ts";
import { mostSent, numbersIn, type SentOrder, sendOrders } from "../operations/send-orders.ts";
import type { Integration } from "../store/integrations.ts";
import type { Api } from "./api.ts";
import { pageQuery, pastedRequest, sessionRequest } from "./embedded-contract.ts";
import { embeddedPage } from "./embedded-page.ts";
import { type PageWord, pageWord } from "./embedded-words.ts";
import { readBody, readQuery } from "./read-request.ts";

/** Where the page inside Salla's dashboard is. It has keys of its own: tokens of the dashboard. */
export const embeddedPath = "/embedded/salla";
const vendor = "salla";
/** Where anybody gets in: the page and its parts, which hold nothing of any store, and the door that asks Salla. */
const open: ReadonlySet<string> = new Set([
  `GET ${embeddedPath}`,
  `GET ${embeddedPath}/page.js`,
  `GET ${embeddedPath}/page.css`,
  `POST ${embeddedPath}/session`,
]);

const refusals = {
  refused: [401, "visitorRefused"],
  "unknown-store": [403, "unknownStore"],
  "too-many": [429, "tooMany"],
} as const satisfies Readonly<Record<string, readonly [ContentfulStatusCode, PageWord]>>;

interface Visited {
  Variables: { integration: Integration };
}

/**
 * The page that a merchant sees inside Salla's dashboard (rule S5): the latest orders, and a field that sends
 * orders. Closed by default like the API; the session is a bearer that the page holds, so that no other site can use it.
 */
export function embeddedRoutes(api: Api): Hono<Visited> {
  const { desk, stopping } = api;
  const rate = createRateBound({ most: pageBounds.perWindow, windowMs: pageBounds.windowMs }, desk.clock);
  const [script, style] = ["page.js", "page.css"].map((name) => read(name));
  return new Hono<Visited>()
    .use(withVisit(api))
    .get("/", (c) => {
      const { lang, theme } = readQuery(c, pageQuery);
      return c.html(embeddedPage(lang, theme));
    })
    .get("/page.js", (c) => c.body(script ?? "", 200, { "content-type": "text/javascript; charset=utf-8" }))
    .get("/page.css", (c) => c.body(style ?? "", 200, { "content-type": "text/css; charset=utf-8" }))
    .post("/session", async (c) => {
      const { token, app } = await readBody(c, sessionRequest);
      const admission = await admitVisitor(desk, rate, { vendor, token, app });
      if (admission.kind !== "admitted") {
        desk.log("info", "a page was not opened", { vendor, outcome: admission.kind });
        const [status, word] = refusals[admission.kind];
        return refusal(c, status, word);
      }
      const { kind: _, ...visit } = admission;
      desk.log("debug", "a page was opened", { vendor, integration: visit.integration });
      return c.json(visit);
    })
    .get("/orders", async (c) => {
      const lang = languageOf(c);
      const orders = await recentOrders(desk, c.get("integration"), lang);
      return c.json({ orders: orders.map(({ id: _, ...one }) => ({ ...one, outcome: pageWord(one.state, lang) })) });
    })
    .post("/orders/send", async (c) => {
      const language = languageOf(c);
      const orders = [...new Set(numbersIn((await readBody(c, pastedRequest)).text))];
      if (orders.length === 0) return refusal(c, 400, "noNumbers");
      if (orders.length > mostSent) return refusal(c, 400, "tooManyNumbers");
      const { name } = c.get("integration");
      const { orders: sent, fault } = await sendOrders(desk, { integration: name, orders, language, signal: stopping });
      const message = fault === null ? null : fault.kind === "person" ? fault.message : pageWord("later", language);
      return c.json({ orders: sent.map((one) => shown(one, language)), message });
    })
    .onError((error, c) => {
      if (error instanceof HTTPException) return error.getResponse();
      const { kind, message } = faultOf(error, languageOf(c));
      if (kind === "person") return c.json({ error: { code: kind, message } }, 409);
      if (kind === "later" || kind === "stopped") return refusal(c, 503, "later");
      if (kind === "input") return c.json({ error: { code: "invalid-input", message } }, 400);
      desk.log("error", "the page inside the dashboard failed", { method: c.req.method, path: c.req.path, error });
      return refusal(c, 500, "failed");
    });
}

/** Everything but what is open asks for a visit, and knows no integration but that of the visit. */
function withVisit({ desk }: Api): MiddlewareHandler<Visited> {
  return async (c, next) => {
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    if (open.has(`${method} ${c.req.path}`)) return next();
    const [, session] = /^Bearer ([\w-]{40,2000})$/.exec(c.req.header("authorization") ?? "") ?? [];
    const integration = session === undefined ? null : await integrationOfVisit(desk, vendor, session);
    if (integration === null) return refusal(c, 401, "over");
    c.set("integration", integration);
    return next();
  };
}

function shown({ order, outcome: state, invoiceId, reason, action }: SentOrder, language: Language) {
  return { order, state, outcome: pageWord(state, language), invoiceId, reason, action };
}

function refusal(c: Context, status: ContentfulStatusCode, word: PageWord): Response {
  return c.json({ error: { code: word, message: pageWord(word, languageOf(c)) } }, status);
}

function languageOf(c: Context): Language {
  return pageQuery.parse({ lang: c.req.query("lang") }).lang;
}

function read(name: string): string {
  return readFileSync(new URL(`embedded/${name}`, import.meta.url), "utf8");
}
