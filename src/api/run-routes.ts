import { Hono } from "hono";
import { runs } from "../operations/runs.ts";
import type { Api } from "./api.ts";
import { runsQuery } from "./contract.ts";
import { readQuery } from "./read-request.ts";

export function runRoutes({ desk }: Api): Hono {
  return new Hono().get("/", async (c) => c.json({ runs: await runs(desk, readQuery(c, runsQuery)) }));
}
