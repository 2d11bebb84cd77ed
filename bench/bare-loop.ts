/** The limit: a loop that makes the calls a sync must make and remembers nothing but the product ids it needs. */
import { Agent, request } from "undici";
import type { SandboxProcess } from "./stage.ts";

const readsTogether = 8;
const writesTogether = 16;

interface Row {
  readonly [field: string]: unknown;
}

/** Copies items and orders with their lines. @returns how many records it went through. */
export async function bareSync(sandbox: SandboxProcess): Promise<number> {
  const agent = new Agent({ connections: 32, pipelining: 1 });
  const call = async (method: "GET" | "POST", url: string, headers: Record<string, string>, body?: string) => {
    const answer = await request(url, { method, headers, dispatcher: agent, ...(body === undefined ? {} : { body }) });
    return (await answer.body.json()) as Row;
  };
  const zoho = await zohoCalls(sandbox, call);
  const optiply = await optiplyCalls(sandbox, call);
  let records = 0;
  const products = new Map<string, string>();
  for await (const rows of pages(zoho, "items")) {
    const details: Row[] = [];
    const ids = rows.map((row) => String(row.item_id));
    const groups = Array.from({ length: Math.ceil(ids.length / 100) }, (_, at) => ids.slice(at * 100, at * 100 + 100));
    await together(readsTogether, groups, async (group) => {
      details.push(...((await zoho(`/itemdetails?item_ids=${group.join(",")}`)).items as Row[]));
    });
    records += rows.length;
    await together(
      writesTogether,
      details.filter((item) => item.name),
      async (item) => {
        const attributes = {
          remoteId: item.item_id,
          name: item.name,
          skuCode: item.sku,
          stockLevel: Math.floor(Number(item.available_for_sale_stock) || 0),
          unlimitedStock: false,
          status: "enabled",
        };
        const made = await optiply("products", attributes);
        products.set(String(item.item_id), String((made.data as Row | undefined)?.id ?? ""));
      },
    );
  }
  for await (const rows of pages(zoho, "salesorders")) {
    records += rows.length;
    const orders: Row[] = [];
    const taken = rows.filter(
      (row) =>
        row.order_status === "closed" ||
        (String(row.invoiced_status).includes("invoiced") && row.invoiced_status !== "not_invoiced"),
    );
    await together(readsTogether, taken, async (row) => {
      orders.push((await zoho(`/salesorders/${String(row.salesorder_id)}`)).salesorder as Row);
    });
    await together(writesTogether, orders, async (order) => {
      const lines = (order.line_items as Row[]).filter((line) => line.item_id && Number(line.quantity) > 0);
      const orderLines = lines.map((line) => ({
        productId: Number(products.get(String(line.item_id)) ?? 1),
        quantity: Math.max(1, Math.round(Number(line.quantity))),
        subtotalValue: String(line.item_total ?? 0),
      }));
      await optiply("sellOrders", {
        remoteId: order.salesorder_id,
        placed: `${String(order.date)}T00:00:00Z`,
        totalValue: String(order.total),
        orderLines,
      });
    });
  }
  await agent.close();
  return records;
}

type Call = (method: "GET" | "POST", url: string, headers: Record<string, string>, body?: string) => Promise<Row>;

async function zohoCalls(sandbox: SandboxProcess, call: Call): Promise<(path: string) => Promise<Row>> {
  const { organizationId, clientId, clientSecret, refreshToken } = sandbox.credentials["zoho-books"];
  const { apiUrl, accountsUrl } = sandbox.vendors["zoho-books"];
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  });
  const token = await call(
    "POST",
    `${accountsUrl}/oauth/v2/token`,
    { "content-type": "application/x-www-form-urlencoded" },
    form.toString(),
  );
  const headers = { authorization: `Zoho-oauthtoken ${String(token.access_token)}` };
  return (path) =>
    call("GET", `${apiUrl}/books/v3${path}${path.includes("?") ? "&" : "?"}organization_id=${organizationId}`, headers);
}

async function optiplyCalls(
  sandbox: SandboxProcess,
  call: Call,
): Promise<(resource: string, attributes: Row) => Promise<Row>> {
  const { clientId, clientSecret, username, password, accountId, couplingId } = sandbox.credentials.optiply;
  const { apiUrl, tokenUrl } = sandbox.vendors.optiply;
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  const form = new URLSearchParams({ grant_type: "password", username, password });
  const token = await call(
    "POST",
    tokenUrl,
    { authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" },
    form.toString(),
  );
  const headers = { authorization: `Bearer ${String(token.access_token)}`, "content-type": "application/vnd.api+json" };
  return (resource, attributes) =>
    call(
      "POST",
      `${apiUrl}/${resource}?accountId=${accountId}&couplingId=${couplingId}`,
      headers,
      JSON.stringify({ data: { type: resource, attributes } }),
    );
}

async function* pages(zoho: (path: string) => Promise<Row>, resource: string): AsyncGenerator<Row[]> {
  for (let page = 1; ; page += 1) {
    const answer = await zoho(`/${resource}?page=${page}&per_page=200`);
    yield answer[resource] as Row[];
    if (!(answer.page_context as Row).has_more_page) return;
  }
}

async function together<T>(most: number, list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < list.length; at = next++) await work(list[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(most, list.length) }, worker));
}
