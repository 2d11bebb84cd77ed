import { Hono } from "hono";
import { assignSkuByHand } from "../operations/assign-sku.ts";
import { decideWhoseStock } from "../operations/decide-stock.ts";
import { excludeOrderByHand, includeOrderAgain } from "../operations/exclude-order.ts";
import { listOverdue } from "../operations/overdue-orders.ts";
import { sendOrders } from "../operations/send-orders.ts";
import type { Api } from "./api.ts";
import { readBody, readQuery } from "./read-request.ts";
import {
  assignRequest,
  excludeRequest,
  includeRequest,
  overdueQuery,
  sendRequest,
  stockDecisionRequest,
} from "./shop-contract.ts";

/** What a merchant asks of a shop and its books by hand. */
export function shopRoutes({ desk, stopping }: Api): Hono {
  return new Hono()
    .post("/:name/orders/send", async (c) => {
      const request = { integration: c.req.param("name"), ...(await readBody(c, sendRequest)), signal: stopping };
      return c.json(await sendOrders(desk, request));
    })
    .get("/:name/orders/overdue", async (c) => {
      const { days } = readQuery(c, overdueQuery);
      return c.json(await listOverdue(desk, { integration: c.req.param("name"), days }));
    })
    .post("/:name/orders/exclude", async (c) => {
      const request = { integration: c.req.param("name"), ...(await readBody(c, excludeRequest)), signal: stopping };
      return c.json(await excludeOrderByHand(desk, request));
    })
    .post("/:name/orders/include", async (c) => {
      const request = { integration: c.req.param("name"), ...(await readBody(c, includeRequest)), signal: stopping };
      return c.json(await includeOrderAgain(desk, request));
    })
    .post("/:name/assigned-skus", async (c) => {
      const request = { integration: c.req.param("name"), ...(await readBody(c, assignRequest)), signal: stopping };
      return c.json(await assignSkuByHand(desk, request));
    })
    .post("/:name/stock-decisions", async (c) => {
      const decision = await readBody(c, stockDecisionRequest);
      return c.json(await decideWhoseStock(desk, { integration: c.req.param("name"), ...decision, signal: stopping }));
    });
}
