import { Hono } from "hono";
import { backfills, changeBackfill, startBackfill } from "../operations/backfill.ts";
import { forecast } from "../operations/forecast.ts";
import type { Api } from "./api.ts";
import { backfillChangeRequest, backfillRequest } from "./backfill-contract.ts";
import { readBody } from "./read-request.ts";

/** History of an integration: the forecast, the beginning, and pause, resume or end. */
export function backfillRoutes({ desk, stopping }: Api): Hono {
  return new Hono()
    .get("/:name/backfills", async (c) =>
      c.json({ backfills: await backfills(desk, { integration: c.req.param("name") }) }),
    )
    .post("/:name/backfills", async (c) => {
      const { start, ...given } = await readBody(c, backfillRequest);
      const request = { integration: c.req.param("name"), ...given, signal: stopping };
      if (!start) return c.json({ forecast: await forecast(desk, request), backfills: [] });
      return c.json(await startBackfill(desk, request), 201);
    })
    .patch("/:name/backfills", async (c) => {
      const change = await readBody(c, backfillChangeRequest);
      return c.json({ backfills: await changeBackfill(desk, { integration: c.req.param("name"), ...change }) });
    });
}
