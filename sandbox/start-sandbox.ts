import { setTimeout as sleep } from "node:timers/promises";
import { createControl } from "./control/control.ts";
import { type HttpListener, listen } from "./http-listener.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";
import {
  type Door,
  eachVendor,
  type VendorAddresses,
  type VendorCredentials,
  vendorNames,
  vendors,
} from "./vendors.ts";

/** Where everything is, and with what to sign in: the one line that `main.ts --json` prints. */
export interface SandboxAddresses {
  readonly control: string;
  readonly vendors: VendorAddresses;
  readonly credentials: VendorCredentials;
}

export interface RunningSandbox extends SandboxAddresses {
  /** The vendors behind the listeners, for tests that want to look inside without HTTP. */
  readonly inside: Sandbox;
  stop(): Promise<void>;
}

const DEFAULT_SEED = 1;
/** So long Salla waits for an answer to a webhook. */
const POST_TIMEOUT_MS = 30_000;

/**
 * Starts all stand-in servers in this process, each on its own free port of 127.0.0.1.
 * @param options.port port of the control API; 0 (the default) takes any free one.
 * @param options.seed decides made-up tokens and every fault with a probability.
 */
export async function startSandbox(options: { port?: number; seed?: number } = {}): Promise<RunningSandbox> {
  const urls = new Map<string, string>();
  const urlOf = (door: string) => urls.get(door) ?? "";
  const sandbox = createSandbox({
    clock: { now: () => Date.now(), sleep: async (durationMs) => await sleep(durationMs, undefined, { ref: false }) },
    seed: options.seed ?? DEFAULT_SEED,
    urlOf,
    post: postOverHttp,
  });
  const listeners: HttpListener[] = [];
  const open = async (port: number, answer: Parameters<typeof listen>[1]) => {
    const listener = await listen(port, answer);
    listeners.push(listener);
    return listener.url;
  };
  const stop = async () => {
    await Promise.all(listeners.map((listener) => listener.stop()));
  };
  try {
    const control = await open(options.port ?? 0, createControl(sandbox));
    const doors: Door[] = vendorNames.flatMap((name) => [...vendors[name].doors]);
    for (const door of doors) urls.set(door, await open(0, (request) => sandbox.send(door, request)));
    return {
      control,
      vendors: eachVendor((vendor) => vendor.addresses(urlOf)) as VendorAddresses,
      credentials: eachVendor((vendor) => vendor.credentials) as VendorCredentials,
      inside: sandbox,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function postOverHttp(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  try {
    const signal = AbortSignal.timeout(POST_TIMEOUT_MS);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
