import { Hono } from "hono";
import { flowResult } from "../operations/flow-result.ts";
import { recordPage, retry, why } from "../operations/records.ts";
import type { Api } from "./api.ts";
import { recordsQuery, retryRequest, whyQuery } from "./contract.ts";
import { readBody, readQuery } from "./read-request.ts";

export function recordRoutes({ desk, stopping }: Api): Hono {
  return new Hono()
    .get("/", async (c) => c.json(await recordPage(desk, readQuery(c, recordsQuery))))
    .get("/why", async (c) => {
      const { record, language } = readQuery(c, whyQuery);
      return c.json(await why(desk, record, language));
    })
    .post("/retry", async (c) => {
      const { marked, flows } = await retry(desk, { ...(await readBody(c, retryRequest)), signal: stopping });
      return c.json({ marked, flows: flows.map(flowResult) });
    });
}
