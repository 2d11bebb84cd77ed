import { Hono } from "hono";
import { connect, connections, doctor } from "../operations/connect.ts";
import { registerWebhooks, webhooks } from "../operations/webhooks.ts";
import type { Api } from "./api.ts";
import { connectRequest } from "./contract.ts";
import { readBody, readQuery } from "./read-request.ts";
import { webhooksQuery } from "./webhook-contract.ts";

export function connectionRoutes({ desk, stopping }: Api): Hono {
  return new Hono()
    .get("/", async (c) => c.json({ connections: await connections(desk) }))
    .post("/", async (c) => {
      const { facts, connection } = await connect(desk, await readBody(c, connectRequest), stopping);
      const view = (await connections(desk)).find(({ name }) => name === connection.name);
      return c.json({ connection: view, facts }, 201);
    })
    .get("/:name/webhooks", async (c) => c.json(await webhooks(desk, c.req.param("name"), readQuery(c, webhooksQuery))))
    .post("/:name/webhooks/rotate", async (c) =>
      c.json(await webhooks(desk, c.req.param("name"), { ...readQuery(c, webhooksQuery), rotate: true })),
    )
    .post("/:name/webhooks/register", async (c) => c.json(await registerWebhooks(desk, c.req.param("name"), stopping)))
    .post("/:name/doctor", async (c) => c.json(await doctor(desk, c.req.param("name"), stopping)));
}
