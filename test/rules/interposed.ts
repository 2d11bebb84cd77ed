/** Something that happens exactly between two calls of a vendor: an address in front of it that waits for one of them. */
import { createServer } from "node:http";
import { onTestFinished } from "vitest";

interface Moment {
  readonly method: string;
  readonly path: string;
  /** how many such calls pass first */
  passing: number;
  readonly happens: () => Promise<void>;
}

/** An address that hands every call on as it is. */
export interface Interposed {
  readonly url: string;
  /** to where calls are handed on */
  target: string;
  /** awaited once, when a call to this method and path has come and before it is handed on */
  before: Moment | null;
}

/** Opens one, which is closed when the test ends. */
export async function interpose(): Promise<Interposed> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "GET", url = "/" } = request;
    const { before } = interposed;
    if (before !== null && before.method === method && url.startsWith(before.path)) {
      before.passing -= 1;
      if (before.passing < 0) {
        interposed.before = null;
        await before.happens();
      }
    }
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    const answer = await fetch(interposed.target + url, {
      method,
      headers: headers as Record<string, string>,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const interposed: Interposed = { url: `http://127.0.0.1:${port}`, target: "", before: null };
  return interposed;
}
