import { Hono } from "hono";
import { flowResult } from "../operations/flow-result.ts";
import { addIntegration, pauseIntegration, setIntegration } from "../operations/integrations.ts";
import { plan } from "../operations/plan.ts";
import { integrations, showIntegration } from "../operations/show-integration.ts";
import { queueSync, sync } from "../operations/sync.ts";
import type { Api } from "./api.ts";
import { flowRequest, integrationChangeRequest, integrationRequest } from "./contract.ts";
import { readBody } from "./read-request.ts";

export function integrationRoutes({ desk, jobs, stopping }: Api): Hono {
  return new Hono()
    .get("/", async (c) => c.json({ integrations: await integrations(desk) }))
    .post("/", async (c) => {
      const { integration, warnings } = await addIntegration(desk, await readBody(c, integrationRequest), stopping);
      return c.json({ integration: await showIntegration(desk, integration.name), warnings }, 201);
    })
    .get("/:name", async (c) => c.json(await showIntegration(desk, c.req.param("name"))))
    .patch("/:name", async (c) => {
      const change = await readBody(c, integrationChangeRequest);
      const { integration, warnings } = await setIntegration(desk, c.req.param("name"), change, stopping);
      return c.json({ integration: await showIntegration(desk, integration.name), warnings });
    })
    .post("/:name/pause", async (c) => {
      const { name } = await pauseIntegration(desk, c.req.param("name"), true);
      return c.json(await showIntegration(desk, name));
    })
    .post("/:name/resume", async (c) => {
      const { name } = await pauseIntegration(desk, c.req.param("name"), false);
      return c.json(await showIntegration(desk, name));
    })
    .post("/:name/sync", async (c) => {
      const request = { integration: c.req.param("name"), ...(await readBody(c, flowRequest)) };
      if (c.req.query("wait") !== "true") return c.json({ queued: await queueSync(desk, jobs, request) }, 202);
      const reports = await sync(desk, { ...request, signal: stopping, settle: true });
      return c.json({ flows: reports.map(flowResult) });
    })
    .post("/:name/plan", async (c) => {
      const request = { integration: c.req.param("name"), ...(await readBody(c, flowRequest)) };
      return c.json(await plan(desk, { ...request, signal: stopping }));
    });
}
