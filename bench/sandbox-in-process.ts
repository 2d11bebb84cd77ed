/** The stand-ins in the process of a benchmark: a way to them without a network, and their control API without one. */
import { createControl } from "../sandbox/control/control.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Door } from "../sandbox/vendors.ts";
import type { Fields } from "../sandbox/wire.ts";
import type { HttpRequest, Transport } from "../src/outbound/transport.ts";

/** Addresses at which nothing listens: only the transport of this process knows them. */
export type Origins = Readonly<Partial<Record<Door, string>>>;

/** The way to the stand-ins without a network. @param onCall hears of each request just before it is answered */
export function sandboxTransport(
  sandbox: Sandbox,
  origins: Origins,
  onCall: (door: Door, request: HttpRequest) => void = () => undefined,
): Transport {
  const doors = new Map(Object.entries(origins).map(([door, origin]) => [origin, door as Door]));
  return async (request) => {
    const { origin, path, method, headers, body } = request;
    const door = doors.get(origin);
    if (door === undefined) throw new Error(`nobody is at ${origin}`);
    const { pathname, searchParams } = new URL(path, origin);
    onCall(door, request);
    const answer = await sandbox.send(door, { method, path: pathname, query: searchParams, headers, body: body ?? "" });
    if (answer === "cut") return { kind: "failed", left: true, message: "the connection was cut" };
    // A real server says what time it is there.
    const date = new Date(sandbox.clock.now()).toUTCString();
    return { kind: "answer", status: answer.status, headers: { date, ...answer.headers }, text: answer.body };
  };
}

/** Asks the control API. */
export type ControlCall = (method: string, path: string, body?: unknown) => Promise<Fields>;

/** @throws where the control API refuses, with its words */
export function controlOf(sandbox: Sandbox): ControlCall {
  const answer = createControl(sandbox);
  return async (method, path, body = {}) => {
    const given = await answer({ method, path, query: new URLSearchParams(), headers: {}, body: JSON.stringify(body) });
    if (given.status >= 300) throw new Error(`${method} ${path}: ${given.body}`);
    return JSON.parse(given.body) as Fields;
  };
}
