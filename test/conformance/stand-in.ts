import { startSandbox } from "../../sandbox/start-sandbox.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** The stand-in servers with their control API, over HTTP. */
export interface StandIn {
  readonly addresses: Awaited<ReturnType<typeof startSandbox>>;
  /** everything as at start, then these switches */
  reset(switches?: Readonly<Record<string, Fields>>): Promise<void>;
  /** changes switches and keeps everything else */
  switches(switches: Readonly<Record<string, Fields>>): Promise<void>;
  add(path: string, records: readonly Fields[]): Promise<readonly Fields[]>;
  all(path: string): Promise<readonly Fields[]>;
  change(path: string, id: string, changes: Fields): Promise<void>;
  remove(path: string, id: string): Promise<void>;
  fault(rule: Fields): Promise<void>;
  expireTokens(vendor: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the stand-in servers. */
export async function startStandIn(): Promise<StandIn> {
  const addresses = await startSandbox();
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${addresses.control}${path}`, { method, ...content });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} of the control API: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    addresses,
    reset: async (switches) => {
      await send("POST", "/reset", switches === undefined ? {} : { switches });
      await send("DELETE", "/faults");
    },
    switches: async (switches) => {
      await send("PATCH", "/switches", switches);
    },
    add: async (path, records) => (await send("POST", `/${path}`, records)) as Fields[],
    all: async (path) => (await send("GET", `/${path}`)) as Fields[],
    change: async (path, id, changes) => {
      await send("PATCH", `/${path}/${id}`, changes);
    },
    remove: async (path, id) => {
      await send("DELETE", `/${path}/${id}`);
    },
    fault: async (rule) => {
      await send("POST", "/faults", rule);
    },
    expireTokens: async (vendor) => {
      await send("POST", `/${vendor}/tokens/expire`);
    },
    stop: () => addresses.stop(),
  };
}
