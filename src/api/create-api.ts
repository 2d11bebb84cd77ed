import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { whoseApiKey } from "../operations/api-keys.ts";
import type { Desk } from "../operations/desk.ts";
import { type Fault, faultOf } from "../operations/fault.ts";
import type { Api } from "./api.ts";
import { backfillRoutes } from "./backfill-routes.ts";
import { connectionRoutes } from "./connection-routes.ts";
import { embeddedPath, embeddedRoutes } from "./embedded-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { integrationRoutes } from "./integration-routes.ts";
import { planRoutes } from "./plan-routes.ts";
import { recordRoutes } from "./record-routes.ts";
import { runRoutes } from "./run-routes.ts";
import { setUpRoutes } from "./set-up-routes.ts";
import { shopRoutes } from "./shop-routes.ts";
import { webhookPath, webhookRoutes } from "./webhook-routes.ts";

const bodyMaximumBytes = 1024 * 1024;
const health = "/v1/health";

/**
 * The HTTP API. Closed by default: whatever is not the health route, the door of the webhooks or the page inside Salla's
 * dashboard, which has keys of its own, asks for `Authorization: Bearer <API key>`, so a new route is closed too. Errors are `{"error": {code, message, field?, action?, retryAt?}}`, never with a stack.
 */
export function createApi(api: Api): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!/%00/.test(c.req.url)) return next();
    const message = "the address holds a NUL character, which no name or text may";
    return c.json({ error: { code: "invalid-input", message } }, 400);
  });
  app.use(guardedHeaders(api.desk));
  app.use(neverStored);
  app.use(withKey(api.desk));
  app.use(bodyLimit({ maxSize: bodyMaximumBytes, onError: (c) => c.json(tooLarge, 413) }));
  app.route(health, healthRoutes(api));
  app.route(webhookPath, webhookRoutes(api));
  app.route(embeddedPath, embeddedRoutes(api));
  app.route("/v1/connections", connectionRoutes(api));
  app.route("/v1/integrations", integrationRoutes(api));
  app.route("/v1/integrations", backfillRoutes(api));
  app.route("/v1/integrations", shopRoutes(api));
  app.route("/v1", setUpRoutes(api));
  app.route("/v1/plans", planRoutes(api));
  app.route("/v1/runs", runRoutes(api));
  app.route("/v1/records", recordRoutes(api));
  app.notFound((c) => c.json(errorBody("not-found", `there is no ${c.req.method} ${c.req.path}`), 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    const fault = faultOf(error);
    if (fault.kind !== "bug") return c.json(answerOf(fault), statusOf(fault));
    api.desk.log("error", "a request failed", { method: c.req.method, path: c.req.path, error });
    return c.json(errorBody("internal", "Mizan failed at this request; its log says why."), 500);
  });
  return app;
}

/** A part of an error answer that belongs to the outside; `kind` decides the status and stays inside. */
function answerOf({ kind: _, ...fault }: Fault) {
  return { error: fault };
}

/** 404 where the input names something that is not there, 409 where a person or a vendor must act first. */
function statusOf({ kind, message }: Fault): ContentfulStatusCode {
  if (kind === "input") return message.startsWith("there is no ") ? 404 : 400;
  if (kind === "person") return 409;
  return 503;
}

function errorBody(code: string, message: string) {
  return { error: { code, message } };
}

const tooLarge = errorBody("too-large", `the body is larger than ${bodyMaximumBytes} bytes`);

/** Nothing may be shown or run but the page inside the dashboard, and that in no other frame than a dashboard's. */
function guardedHeaders({ framedBy }: Desk): MiddlewareHandler {
  const [none, self] = [["'none'"], ["'self'"]];
  const closed = secureHeaders({
    contentSecurityPolicy: { defaultSrc: none, frameAncestors: none, baseUri: none },
    xFrameOptions: "DENY",
    referrerPolicy: "no-referrer",
  });
  const framed = secureHeaders({
    contentSecurityPolicy: {
      ...{ defaultSrc: none, baseUri: none, formAction: none, frameAncestors: [...framedBy] },
      ...{ scriptSrc: self, styleSrc: self, connectSrc: self },
    },
    xFrameOptions: false,
    referrerPolicy: "no-referrer",
  });
  return (c, next) => (isEmbedded(c.req.path) ? framed(c, next) : closed(c, next));
}

function isEmbedded(path: string): boolean {
  return path === embeddedPath || path.startsWith(`${embeddedPath}/`);
}

/** Nothing here may lie in a cache of the way. */
const neverStored: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};

function isOpen(method: string, path: string): boolean {
  return path === health || (method === "POST" && path.startsWith(webhookPath)) || isEmbedded(path);
}

function withKey(desk: Desk): MiddlewareHandler {
  return async (c, next) => {
    if (isOpen(c.req.method, c.req.path)) return next();
    const [, key] = /^Bearer ([\w-]{20,200})$/.exec(c.req.header("authorization") ?? "") ?? [];
    if (key !== undefined && (await whoseApiKey(desk, key)) !== null) return next();
    c.header("www-authenticate", 'Bearer realm="mizan"');
    return c.json(
      errorBody("unauthorised", "send a key as Authorization: Bearer …; `mizan api-key <name>` makes one"),
      401,
    );
  };
}
