import { Hono } from "hono";
import { InvalidInput } from "../core/errors.ts";
import { flowResult } from "../operations/flow-result.ts";
import { apply } from "../operations/plan.ts";
import type { Api } from "./api.ts";

export function planRoutes({ desk, stopping }: Api): Hono {
  return new Hono().post("/:id/apply", async (c) => {
    const given = c.req.param("id");
    const plan = Number(given);
    if (!Number.isSafeInteger(plan) || plan < 1)
      throw new InvalidInput("plan", `plan is ${JSON.stringify(given)}; allowed: the number that a plan was given`);
    const applied = await apply(desk, { plan, signal: stopping });
    return c.json({ plan: applied.plan, flows: applied.flows.map(flowResult) });
  });
}
