import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { callJson } from "./demo-client.ts";
import { sandboxWords } from "./sandbox.ts";

/** What `mizan sandbox --json` prints. */
export interface SandboxAddresses {
  readonly control: string;
  readonly vendors: Readonly<Record<VendorName, Readonly<Record<string, string>>>>;
  readonly credentials: Readonly<Record<VendorName, Readonly<Record<string, string>>>>;
}

type VendorName = "zoho-books" | "optiply" | "salla" | "qoyod";

/** What an import put into the shop. */
export interface Imported {
  readonly rows: number;
  readonly taken: number;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly items: number;
  readonly salesOrders: number;
  /** of the made-up shop */
  readonly vendors?: number;
  readonly purchaseOrders?: number;
}

/** Calls by vendor and method. */
export type CallCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A record at a stand-in vendor, in the vendor's own field names. */
export type VendorFields = Readonly<Record<string, unknown>>;

/** The stand-in vendors as a child of this process. */
export interface DemoSandbox extends SandboxAddresses {
  importMadeUpShop(): Promise<Imported>;
  /** @param paths of CSV or CSV.gz files */
  importOnlineRetail(paths: readonly string[]): Promise<Imported>;
  list(resource: string): Promise<VendorFields[]>;
  add(resource: string, fields: VendorFields): Promise<VendorFields>;
  change(resource: string, id: string, fields: VendorFields): Promise<void>;
  /** does to a record what a person does in the vendor's dashboard, such as completing an order */
  act(resource: string, id: string, action: string, fields?: VendorFields): Promise<void>;
  /** what a person enters of the app in Salla's Partners Portal */
  setSallaApp(fields: VendorFields): Promise<void>;
  resetCalls(): Promise<void>;
  calls(): Promise<CallCounts>;
  stop(): Promise<void>;
}

const madeUpShop = { seed: 1, items: 200, orders: 240 };
const stopMs = 5_000;

export async function startDemoSandbox(): Promise<DemoSandbox> {
  const words = sandboxWords("--json", "--until-stdin-closes");
  // Its own group, so that Ctrl-C reaches it through us and only when Mizan is done with it.
  const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"], detached: true });
  const ended = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => {
      throw new Error(`the sandbox ended with ${code} before it served`);
    }),
  ]);
  const addresses = JSON.parse(String(line)) as SandboxAddresses;
  const call = <Answer>(method: string, path: string, body?: unknown) =>
    callJson<Answer>(`${addresses.control}${path}`, { method, body });
  return {
    ...addresses,
    importMadeUpShop: () => call("POST", "/import/made-up-shop", madeUpShop),
    importOnlineRetail: (paths) =>
      callJson(`${addresses.control}/import/online-retail`, { method: "POST", body: { paths }, input: "orders" }),
    list: (path) => call("GET", `/${path}`),
    add: async (resource, fields) => {
      const added = await call<VendorFields | VendorFields[]>("POST", `/${resource}`, fields);
      return (Array.isArray(added) ? added[0] : added) ?? {};
    },
    change: (resource, id, fields) => call("PATCH", `/${resource}/${id}`, fields),
    act: (resource, id, action, fields) => call("POST", `/${resource}/${id}/${action}`, fields),
    setSallaApp: (fields) => call("PATCH", "/salla/app", fields),
    resetCalls: () => call("POST", "/calls/reset"),
    calls: async () => sumCalls(await call("GET", "/calls")),
    stop: async () => {
      child.stdin.end();
      const late = setTimeout(() => child.kill("SIGKILL"), stopMs);
      await ended;
      clearTimeout(late);
    },
  };
}

function sumCalls(rows: readonly { vendor: string; method: string; count: number }[]): CallCounts {
  const sums: Record<string, Record<string, number>> = {
    "zoho-books": { GET: 0, POST: 0 },
    optiply: { GET: 0, POST: 0 },
  };
  for (const { vendor, method, count } of rows) {
    const methods = sums[vendor] ?? {};
    sums[vendor] = { ...methods, [method]: (methods[method] ?? 0) + count };
  }
  return sums;
}
