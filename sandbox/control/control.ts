import { faultKinds } from "../faults.ts";
import type { Sandbox } from "../sandbox.ts";
import { changeSwitches } from "../switch-set.ts";
import type { OpenVendor } from "../vendor.ts";
import { eachVendor, type VendorName, vendorNames, vendors } from "../vendors.ts";
import { type Fields, isFields, jsonResponse, type WireRequest, type WireResponse } from "../wire.ts";
import { readKept, storeOf } from "./stores.ts";

/**
 * The control API: play merchant, look inside, make trouble. Documented in README.md.
 * A wrong request is answered with 400 `{"error": "…"}`, naming the field, the value and what is allowed.
 */
export function createControl(sandbox: Sandbox): (request: WireRequest) => Promise<WireResponse> {
  return async (request) => {
    try {
      return await answerControl(sandbox, request);
    } catch (error) {
      // RangeError is how merchants' mistakes are told; an unreadable path or file is one too. Anything else is our bug.
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (error instanceof RangeError || error instanceof URIError || ["ENOENT", "EISDIR", "EACCES"].includes(code)) {
        return jsonResponse(400, { error: error instanceof Error ? error.message : String(error) });
      }
      throw error;
    }
  };
}

async function answerControl(sandbox: Sandbox, request: WireRequest): Promise<WireResponse> {
  const parts = request.path.slice(1).split("/").map(decodeURIComponent);
  const [first = "", second, third] = parts;
  const route = `${request.method} ${[first, ...(second === undefined ? [] : [second])].join("/")}`;
  const vendor = vendorNames.find((one) => one === first);
  if (vendor !== undefined && second !== undefined) {
    const open: OpenVendor = sandbox.vendors[vendor];
    if (second === "tokens" && third === "expire" && request.method === "POST") {
      open.expireTokens();
      return jsonResponse(200, { expired: true });
    }
    const own = await open.control?.(request, parts.slice(1));
    return own ?? answerRecords(sandbox, vendor, second, third, request);
  }
  if (request.method === "POST" && first === "import" && second !== undefined) {
    return jsonResponse(200, await importInto(sandbox, second, bodyFields(request)));
  }
  switch (route) {
    case "POST reset":
      return reset(sandbox, bodyFields(request));
    case "GET switches":
      return jsonResponse(200, presentSwitches(sandbox));
    case "PATCH switches":
      return setSwitches(sandbox, bodyFields(request));
    case "GET faults":
      return jsonResponse(200, sandbox.faults.list());
    case "POST faults":
      return jsonResponse(
        201,
        eachOf(bodyOf(request), (given) => sandbox.faults.add(given)),
      );
    case "DELETE faults":
      return jsonResponse(200, { removed: sandbox.faults.remove() });
    case "GET calls":
      return jsonResponse(200, sandbox.calls.counts());
    case "GET calls/log":
      return jsonResponse(200, sandbox.calls.log(Number(request.query.get("last") ?? 100) || 100));
    case "POST calls/reset":
      sandbox.calls.reset();
      return jsonResponse(200, { reset: true });
  }
  if (request.method === "DELETE" && first === "faults") {
    return jsonResponse(200, { removed: sandbox.faults.remove(Number(second)) });
  }
  return jsonResponse(404, {
    error: `there is no ${request.method} ${request.path}; see sandbox/README.md`,
    faultKinds,
  });
}

function answerRecords(
  sandbox: Sandbox,
  vendor: VendorName,
  resource: string,
  id: string | undefined,
  request: WireRequest,
): WireResponse {
  const store = storeOf(sandbox, vendor, resource);
  if (id === undefined) {
    if (request.method === "GET") return readKept(store, request.query);
    if (request.method === "POST") return jsonResponse(201, eachOf(bodyOf(request), store.add));
    return jsonResponse(405, { error: `${request.method} is not possible on ${request.path}` });
  }
  const missing = jsonResponse(404, { error: `${vendor} has no ${resource} ${id}` });
  if (request.method === "GET") {
    const record = store.read(id);
    return record === undefined ? missing : jsonResponse(200, record);
  }
  if (request.method === "PATCH") {
    const record = store.change(id, bodyFields(request));
    return record === undefined ? missing : jsonResponse(200, record);
  }
  if (request.method === "DELETE") return store.remove(id) ? { status: 204, headers: {}, body: "" } : missing;
  return jsonResponse(405, { error: `${request.method} is not possible on ${request.path}` });
}

function reset(sandbox: Sandbox, { seed, switches }: Fields): WireResponse {
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw new RangeError(`seed cannot be ${JSON.stringify(seed)}; a whole number is needed`);
  sandbox.reset(typeof seed === "number" ? seed : undefined);
  return isFields(switches) ? setSwitches(sandbox, switches) : jsonResponse(200, presentSwitches(sandbox));
}

function presentSwitches(sandbox: Sandbox): Fields {
  return eachVendor((_, name) => sandbox.vendors[name].switches);
}

function setSwitches(sandbox: Sandbox, given: Fields): WireResponse {
  for (const [name, changes] of Object.entries(given)) {
    if (!isFields(changes)) throw new RangeError(`switches of ${name} must be an object`);
    const vendor = vendorNamed(name);
    const refusal = changeSwitches(sandbox.vendors[vendor].switches, vendors[vendor].switchSet, changes);
    if (refusal !== undefined) throw new RangeError(`${vendor}: ${refusal}`);
  }
  return jsonResponse(200, presentSwitches(sandbox));
}

/** Fills the vendor that `vendor` names, else the first that can be filled so. */
async function importInto(sandbox: Sandbox, name: string, { vendor, ...options }: Fields): Promise<object> {
  const asked = vendor === undefined ? vendorNames : [vendorNamed(String(vendor))];
  const all = asked.map((one): OpenVendor => sandbox.vendors[one]).map(({ imports }) => imports);
  const found = all.find((imports) => Object.hasOwn(imports, name))?.[name];
  if (found !== undefined) return await found(options);
  const known = all.flatMap((imports) => Object.keys(imports));
  throw new RangeError(`there is no import ${name}; there are: ${[...new Set(known)].join(", ")}`);
}

function vendorNamed(given: string): VendorName {
  const name = vendorNames.find((one) => one === given);
  if (name === undefined) throw new RangeError(`there is no vendor ${given}; there are: ${vendorNames.join(", ")}`);
  return name;
}

function eachOf(body: unknown, act: (given: Fields) => Fields): Fields | Fields[] {
  return Array.isArray(body) ? body.map((one) => act(fieldsOf(one))) : act(fieldsOf(body));
}

function bodyOf(request: WireRequest): unknown {
  try {
    return JSON.parse(request.body);
  } catch {
    throw new RangeError("the body is not JSON");
  }
}

function bodyFields(request: WireRequest): Fields {
  return request.body === "" ? {} : fieldsOf(bodyOf(request));
}

/** A part of a body that must be an object. */
function fieldsOf(value: unknown): Fields {
  if (isFields(value)) return value;
  throw new RangeError(`a record must be a JSON object, not ${JSON.stringify(value)?.slice(0, 60)}`);
}
