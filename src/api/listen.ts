import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { InvalidInput } from "../core/errors.ts";
import type { Desk } from "../operations/desk.ts";
import type { Api } from "./api.ts";
import { createApi } from "./create-api.ts";

/** How long open requests may take to come to a record boundary when the process is to end. */
const closeMs = 20_000;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

/** The API on an address. */
export interface Listener {
  /** without a slash at the end */
  readonly url: string;
  /** Takes no more requests, lets open ones end, and cuts those that do not end in time. */
  close(): Promise<void>;
}

/** Serves the API. @throws {InvalidInput} when the address cannot be listened on */
export async function listen(
  desk: Desk,
  jobs: Api["jobs"],
  { host, port }: { host: string; port: number },
): Promise<Listener> {
  const stopping = new AbortController();
  const { fetch } = createApi({ desk, jobs, stopping: stopping.signal });
  const server = createAdaptorServer({
    fetch,
    serverOptions: { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  await promise.catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInput(
      error.code === "EADDRINUSE" || error.code === "EACCES" ? "MIZAN_PORT" : "MIZAN_HOST",
      `cannot listen on ${host}:${port}: ${error.message}; set MIZAN_HOST and MIZAN_PORT to a free address (port 0 = any)`,
    );
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    close: () => {
      stopping.abort();
      const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), closeMs);
      return new Promise<void>((ended) => {
        server.close(() => {
          clearTimeout(cut);
          ended();
        });
        if ("closeIdleConnections" in server) server.closeIdleConnections();
      });
    },
  };
}
