import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { WireAnswer, WireRequest } from "./wire.ts";

const MAX_BODY_BYTES = 50_000_000;
/** Long, so that a pause in a test is never met by a connection that closes just then. */
const KEEP_ALIVE_MS = 120_000;

/** One HTTP server on 127.0.0.1. */
export interface HttpListener {
  /** `http://127.0.0.1:P`. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Listens and answers; a "cut" answer destroys the socket.
 * @param port 0 for any free port.
 */
export async function listen(
  port: number,
  answer: (request: WireRequest) => Promise<WireAnswer>,
): Promise<HttpListener> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, outgoing) => {
    respond(incoming, outgoing, answer).catch((error: unknown) => {
      console.error(error);
      if (!outgoing.headersSent) outgoing.writeHead(500, { "content-type": "text/plain" });
      outgoing.end("the sandbox itself failed; see its error output\n");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, stop: () => stop(server) };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: WireRequest) => Promise<WireAnswer>,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.writeHead(413, { connection: "close" }).end();
    return;
  }
  const { pathname, searchParams } = new URL(`http://sandbox${incoming.url ?? "/"}`);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers))
    headers[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  const given = await answer({ method: incoming.method ?? "GET", path: pathname, query: searchParams, headers, body });
  if (given === "cut") {
    incoming.socket.destroy();
    return;
  }
  const bytes = Buffer.from(given.body);
  outgoing.writeHead(given.status, { ...given.headers, "content-length": bytes.length }).end(bytes);
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
