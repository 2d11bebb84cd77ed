import { Hono } from "hono";
import { connect, connections, doctor } from "../operations/connect.ts";
import type { Api } from "./api.ts";
import { connectRequest } from "./contract.ts";
import { readBody } from "./read-request.ts";

export function connectionRoutes({ desk, stopping }: Api): Hono {
  return new Hono()
    .get("/", async (c) => c.json({ connections: await connections(desk) }))
    .post("/", async (c) => {
      const { facts, connection } = await connect(desk, await readBody(c, connectRequest), stopping);
      const view = (await connections(desk)).find(({ name }) => name === connection.name);
      return c.json({ connection: view, facts }, 201);
    })
    .post("/:name/doctor", async (c) => c.json(await doctor(desk, c.req.param("name"), stopping)));
}
