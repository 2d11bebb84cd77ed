import { setTimeout as sleep } from "node:timers/promises";
import { createControl } from "./control/control.ts";
import { type HttpListener, listen } from "./http-listener.ts";
import { optiplyCredentials } from "./optiply/credentials.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";
import { zohoCredentials } from "./zoho-books/accounts.ts";

/** Where everything is, and with what to sign in: the one line that `main.ts --json` prints. */
export interface SandboxAddresses {
  readonly control: string;
  readonly vendors: {
    readonly "zoho-books": { readonly apiUrl: string; readonly accountsUrl: string };
    readonly optiply: { readonly apiUrl: string; readonly tokenUrl: string };
  };
  readonly credentials: {
    readonly "zoho-books": typeof zohoCredentials;
    readonly optiply: typeof optiplyCredentials;
  };
}

export interface RunningSandbox extends SandboxAddresses {
  /** The vendors behind the listeners, for tests that want to look inside without HTTP. */
  readonly inside: Sandbox;
  stop(): Promise<void>;
}

const DEFAULT_SEED = 1;

/**
 * Starts all stand-in servers in this process, each on its own free port of 127.0.0.1.
 * @param options.port port of the control API; 0 (the default) takes any free one.
 * @param options.seed decides made-up tokens and every fault with a probability.
 */
export async function startSandbox(options: { port?: number; seed?: number } = {}): Promise<RunningSandbox> {
  let apiDomain = "";
  const sandbox = createSandbox({
    clock: { now: () => Date.now(), sleep: async (durationMs) => await sleep(durationMs) },
    seed: options.seed ?? DEFAULT_SEED,
    apiDomain: () => apiDomain,
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
    apiDomain = await open(0, (request) => sandbox.send("zoho-books", request));
    const accountsUrl = await open(0, (request) => sandbox.send("zoho-accounts", request));
    const optiplyUrl = await open(0, (request) => sandbox.send("optiply", request));
    return {
      control,
      vendors: {
        "zoho-books": { apiUrl: apiDomain, accountsUrl },
        optiply: { apiUrl: `${optiplyUrl}/v1`, tokenUrl: `${optiplyUrl}/api/auth/oauth/token` },
      },
      credentials: { "zoho-books": zohoCredentials, optiply: optiplyCredentials },
      inside: sandbox,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
