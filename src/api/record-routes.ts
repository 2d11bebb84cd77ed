import { Hono } from "hono";
import { dismiss } from "../operations/dismiss.ts";
import { flowResult } from "../operations/flow-result.ts";
import { recordPage } from "../operations/records.ts";
import { retry } from "../operations/retry.ts";
import { stories } from "../operations/why.ts";
import type { Api } from "./api.ts";
import { dismissRequest, recordsQuery, retryRequest, whyQuery } from "./contract.ts";
import { readBody, readQuery } from "./read-request.ts";

export function recordRoutes({ desk, stopping }: Api): Hono {
  return new Hono()
    .get("/", async (c) => c.json(await recordPage(desk, readQuery(c, recordsQuery))))
    .get("/why", async (c) => {
      const { record, language } = readQuery(c, whyQuery);
      return c.json({ stories: await stories(desk, record, language) });
    })
    .post("/dismiss", async (c) => c.json(await dismiss(desk, (await readBody(c, dismissRequest)).record)))
    .post("/retry", async (c) => {
      const { marked, flows } = await retry(desk, { ...(await readBody(c, retryRequest)), signal: stopping });
      return c.json({ marked, flows: flows.map(flowResult) });
    });
}
