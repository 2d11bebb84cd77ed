import { Hono } from "hono";
import { answers } from "../store/open-store.ts";
import type { Api } from "./api.ts";

/** Whether the process serves and its database answers; tells nothing else, because it is open. */
export function healthRoutes({ desk }: Api): Hono {
  return new Hono().get("/", async (c) => {
    if (await answers(desk.store)) return c.json({ status: "ok" });
    return c.json({ status: "database-down" }, 503);
  });
}
