import { type RunningSandbox, startSandbox } from "./start-sandbox.ts";
import type { VendorName } from "./vendors.ts";
import { type Fields, isFields } from "./wire.ts";

/** An answer as a test looks at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; undefined when it is empty or not JSON. */
  readonly body: Fields;
  readonly text: string;
}

/** A sandbox with a signed-in client of each vendor, over real HTTP. */
interface Bench {
  readonly sandbox: RunningSandbox;
  /** Calls `/books/v3{path}` with a token and the organisation. */
  zoho(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Posts to the accounts server's token endpoint. */
  zohoToken(form: Record<string, string>): Promise<Answer>;
  /** Takes a new access token for the following calls. */
  signInToZoho(): Promise<void>;
  /** Calls `/v1{path}` with a token and the media type; writes carry accountId and couplingId. */
  optiply(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The same without accountId and couplingId, unless the path has them. */
  optiplyBare(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Calls `/admin/v2{path}` with a token of Salla. */
  salla(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Posts to the token endpoint of Salla's accounts server, as the app. */
  sallaToken(form: Record<string, string>): Promise<Answer>;
  /** Calls `/2.0{path}` with the key. */
  qoyod(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Sets switches of one vendor. */
  set(vendor: VendorName, switches: Fields): Promise<void>;
}

function postSallaToken({ credentials, vendors }: RunningSandbox, form: Record<string, string>): Promise<Answer> {
  const { clientId, clientSecret } = credentials.salla;
  const all = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...form });
  return call("POST", `${vendors.salla.accountsUrl}/oauth2/token`, all.toString(), {
    "content-type": "application/x-www-form-urlencoded",
  });
}

/** Starts a sandbox for one test file. */
export async function openBench(): Promise<Bench> {
  const sandbox = await startSandbox();
  const { control, vendors, credentials } = sandbox;
  const zohoCredentials = credentials["zoho-books"];
  let zohoAccess = "";
  let optiplyAccess = "";
  let sallaAccess = "";
  const sallaToken = (form: Record<string, string>) => postSallaToken(sandbox, form);
  const zohoToken = (form: Record<string, string>) =>
    call("POST", `${vendors["zoho-books"].accountsUrl}/oauth/v2/token`, new URLSearchParams(form).toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
  const signInToZoho = async () => {
    const answer = await zohoToken({
      grant_type: "refresh_token",
      client_id: zohoCredentials.clientId,
      client_secret: zohoCredentials.clientSecret,
      refresh_token: zohoCredentials.refreshToken,
    });
    zohoAccess = String(answer.body.access_token);
  };
  const optiplySignIn = async () => {
    const { clientId, clientSecret, username, password } = credentials.optiply;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
    const answer = await call(
      "POST",
      `${vendors.optiply.tokenUrl}?grant_type=password`,
      new URLSearchParams({ username, password }).toString(),
      { authorization: `Basic ${basic}` },
    );
    optiplyAccess = String(answer.body.access_token);
  };
  const { accountId, couplingId } = credentials.optiply;
  const optiplyBare: Bench["optiplyBare"] = async (method, path, body, headers = {}) => {
    if (optiplyAccess === "") await optiplySignIn();
    const own = { authorization: `Bearer ${optiplyAccess}`, "content-type": "application/vnd.api+json" };
    return call(method, `${vendors.optiply.apiUrl}${path}`, body, { ...own, ...headers });
  };
  const controlCall = (method: string, path: string, body?: unknown) => call(method, `${control}${path}`, body);
  return {
    sandbox,
    zohoToken,
    signInToZoho,
    zoho: async (method, path, body, headers = {}) => {
      if (zohoAccess === "") await signInToZoho();
      const url = withQuery(
        `${vendors["zoho-books"].apiUrl}/books/v3${path}`,
        `organization_id=${zohoCredentials.organizationId}`,
      );
      return call(method, url, body, { authorization: `Zoho-oauthtoken ${zohoAccess}`, ...headers });
    },
    optiply: (method, path, body, headers) =>
      optiplyBare(
        method,
        method === "GET" ? path : withQuery(path, `accountId=${accountId}&couplingId=${couplingId}`),
        body,
        headers,
      ),
    optiplyBare,
    sallaToken,
    salla: async (method, path, body, headers = {}) => {
      if (sallaAccess === "") {
        const { refreshToken } = credentials.salla;
        const answer = await sallaToken({ grant_type: "refresh_token", refresh_token: refreshToken });
        sallaAccess = String(answer.body.access_token);
      }
      const own = { authorization: `Bearer ${sallaAccess}`, accept: "application/json" };
      return call(method, `${vendors.salla.apiUrl}/admin/v2${path}`, body, { ...own, ...headers });
    },
    qoyod: (method, path, body, headers = {}) =>
      call(method, `${vendors.qoyod.apiUrl}${path}`, body, { "api-key": credentials.qoyod.apiKey, ...headers }),
    control: async (method, path, body) => {
      if (path === "/reset") [zohoAccess, optiplyAccess, sallaAccess] = ["", "", ""];
      return controlCall(method, path, body);
    },
    set: async (vendor, switches) => {
      const answer = await controlCall("PATCH", "/switches", { [vendor]: switches });
      if (answer.status !== 200) throw new Error(answer.text);
    },
  };
}

/** The rows of an answer under a key, as plain objects. */
export function rowsOf(answer: Answer, key: string): Fields[] {
  const rows = answer.body[key];
  if (!Array.isArray(rows)) throw new Error(`no ${key} in ${answer.text.slice(0, 300)}`);
  return rows.filter(isFields);
}

/** An object of an answer under a key. */
export function objectOf(answer: Answer, key: string): Fields {
  const value = answer.body[key];
  if (!isFields(value)) throw new Error(`no ${key} in ${answer.text.slice(0, 300)}`);
  return value;
}

async function call(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await fetch(url, { method, headers, redirect: "manual", ...sent });
  const text = await response.text();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  return {
    status: response.status,
    headers: response.headers,
    body: isFields(parsed) ? parsed : { rows: parsed },
    text,
  };
}

function withQuery(url: string, query: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}${query}`;
}
