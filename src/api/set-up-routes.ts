import { Hono } from "hono";
import { calibrate } from "../operations/calibrate.ts";
import { propose } from "../operations/propose.ts";
import type { Api } from "./api.ts";
import { readBody } from "./read-request.ts";
import { calibrationRequest, proposalRequest } from "./shop-contract.ts";

/** What is found out before an integration is made; nothing of it is saved. */
export function setUpRoutes({ desk, stopping }: Api): Hono {
  return new Hono()
    .post("/proposals", async (c) =>
      c.json(await propose(desk, { ...(await readBody(c, proposalRequest)), signal: stopping })),
    )
    .post("/connections/:name/calibrate", async (c) => {
      const request = await readBody(c, calibrationRequest);
      return c.json(await calibrate(desk, { connection: c.req.param("name"), ...request, signal: stopping }));
    });
}
