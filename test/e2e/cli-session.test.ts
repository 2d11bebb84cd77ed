/** The whole first session of a newcomer, with the real command against stand-in vendors. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, type Machine, newMachine } from "./mizan-command.ts";

let machine: Machine;
let salesOrders = 0;

beforeAll(async () => {
  machine = await newMachine();
  const shop = { seed: 7, items: 40, orders: 45 };
  ({ salesOrders } = await machine.control<{ salesOrders: number }>("POST", "/import/made-up-shop", shop));
});
afterAll(async () => await machine.remove());

const done = (ended: Ended) => {
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return ended;
};
const run = async (...words: string[]) => done(await machine.mizan(words));
// biome-ignore lint/suspicious/noExplicitAny: the shapes are what the test looks at
const json = async (...words: string[]): Promise<any> => JSON.parse((await run(...words, "--json")).stdout);

test("a newcomer links two accounts, looks at the plan, applies it, and asks why", async () => {
  expect((await run("connections")).stderr).toContain("No connections yet");
  const books = done(await machine.mizan([...machine.zoho.words, "--stdin"], machine.zoho.input));
  expect(books.stdout).toContain("books is connected to Zoho Books");
  expect(books.stdout).toMatch(/organization name +Made-up Trading/);
  done(await machine.mizan([...machine.optiply.words, "--stdin"], machine.optiply.input));
  expect((await json("connections")).connections).toMatchObject([
    { name: "books", vendor: "zoho-books", problem: null },
    { name: "optiply", vendor: "optiply", problem: null },
  ]);

  const add = ["integrations", "add", "zoho-books-optiply", "--name", "shop", "--source", "books"];
  const added = await run(...add, "--target", "optiply", "--option", "ordersSince=2020-01-01", "--paused");
  expect(added.stdout).toMatch(/ordersSince +2020-01-01 +first business day/);

  const plan = await json("plan", "shop");
  const calls = await machine.control<{ vendor: string; method: string; path: string }[]>("GET", "/calls");
  expect(calls.filter(({ method, path }) => method === "POST" && path.startsWith("/v1/"))).toEqual([]);
  const planned = Object.fromEntries(plan.flows.map((flow: { flow: string }) => [flow.flow, flow]));
  expect(planned.products.counts.created).toBeGreaterThan(20);
  expect(planned["sell-orders"].first).toHaveLength(5);

  const applied = await json("apply", String(plan.plan));
  const created = (flows: { counts: { created: number } }[]) =>
    flows.reduce((sum, flow) => sum + flow.counts.created, 0);
  expect(created(applied.flows)).toBe(created(plan.flows));
  expect((await machine.mizan(["apply", String(plan.plan)])).stderr).toContain("is applied; only a plan that is ready");

  const synced = await json("sync", "shop");
  expect(created(synced.flows)).toBe(0);
  const orders = synced.flows.find((flow: { flow: string }) => flow.flow === "sell-orders").counts;
  expect(Object.values<number>(orders).reduce((sum, count) => sum + count, 0)).toBe(salesOrders);

  const strict = await machine.mizan(["sync", "shop", "products", "--strict"]);
  expect(strict).toMatchObject({ code: 4, stdout: "" });
  expect(strict.stderr).toContain("`mizan records shop --outcome rejected` says why");
});

test("records, why, retry, runs and doctor answer for people and for scripts", async () => {
  const { records, next } = await json("records", "shop", "--outcome", "rejected", "--most", "2");
  expect(records).toHaveLength(2);
  const page = await json("records", "shop", "--outcome", "rejected", "--after", next);
  expect(page.records.map((one: { sourceId: string }) => one.sourceId)).not.toContain(records[0].sourceId);
  const nameless = [...records, ...page.records].find(({ label }: { label: string }) => label === "NO-NAME");
  expect(nameless).toMatchObject({ code: "field-missing", action: "Fill name in Zoho Books." });

  const reference = `shop/products/${nameless.sourceId}`;
  expect((await run("why", "NO-NAME")).stdout).toContain("Fill name in Zoho Books.");
  const arabic = (await run("why", reference, "--language", "ar")).stdout;
  expect(arabic).toContain("مفقود");
  expect(arabic).not.toContain("\ufffd");

  await machine.control("PATCH", `/zoho-books/items/${nameless.sourceId}`, { name: "Named at last" });
  expect(await json("retry", reference)).toMatchObject({ marked: 1, flows: [{ counts: { created: 1 } }] });
  const { stories } = await json("why", reference);
  const [story] = stories;
  expect(stories).toHaveLength(1);
  expect(story).toMatchObject({ outcome: "created", written: { name: "Named at last" } });
  expect(story.timeline.map(({ what }: { what: string }) => what).join("\n")).toMatch(
    /rejected[\s\S]*retried[\s\S]*confirmed/,
  );

  const [item] = await machine.control<{ item_id: string }[]>("GET", "/zoho-books/items");
  const salesorder_number = "SO-REMARKS";
  const remarks = Array.from({ length: 8 }, (_, line) => ({ name: `Remark ${line}`, quantity: 1, rate: 0 }));
  const line_items = [{ item_id: item?.item_id, quantity: 1 }, ...remarks];
  const closed = { order_status: "closed", invoiced_status: "invoiced", date: "2026-03-05", salesorder_number };
  await machine.control("POST", "/zoho-books/salesorders", { ...closed, line_items });
  await run("sync", "shop", "sell-orders");
  const row = (await run("records", "shop", "--text", salesorder_number)).stdout;
  expect(row).toMatch(/Remark 4\)[^(]* … and 3 more$/m);
  expect((await json("records", "shop", "--text", salesorder_number)).records[0].notes).toHaveLength(8);

  const { runs } = await json("runs", "shop", "products", "--most", "1");
  expect(runs).toMatchObject([{ integration: "shop", flow: "products", state: "done" }]);
  expect((await run("runs")).stdout).toMatch(/^ *RUN +INTEGRATION +FLOW/);
  expect(await json("doctor", "books")).toMatchObject({ works: true, facts: { currencyCode: "EUR" } });
  expect((await run("doctor", "optiply")).stdout).toContain("optiply (optiply): works");
});

test("an integration is changed, paused and resumed", async () => {
  const set = await json("integrations", "set", "shop", "pullAllSellOrders=true", "--every", "products=120");
  expect(set.integration).toMatchObject({
    options: { pullAllSellOrders: true },
    flows: [{ name: "products", everyMinutes: 120 }, {}],
  });
  const all = await json("sync", "shop", "sell-orders");
  expect(all.flows[0].counts.created).toBeGreaterThan(0);
  expect((await json("integrations", "set", "shop", "pullAllSellOrders=")).integration.options.pullAllSellOrders).toBe(
    false,
  );
  expect(await json("integrations", "resume", "shop")).toMatchObject({ paused: false });
  expect(await json("integrations", "pause", "shop")).toMatchObject({ paused: true });
  expect((await run("integrations", "list")).stdout).toMatch(/shop +zoho-books-optiply +books +optiply +paused/);
});

test("an API key is shown once, listed by name and taken away", async () => {
  const { key } = await json("api-key", "till");
  expect(key).toMatch(/^mizan_/);
  expect((await json("api-key")).keys).toMatchObject([{ name: "till" }]);
  expect((await run("api-key")).stdout).not.toContain(key);
  await run("api-key", "till", "--revoke");
  expect((await machine.mizan(["api-key", "till", "--revoke"])).stderr).toContain('there is no API key "till"');
});

test("serve makes the first key, answers, and ends when it is asked to", async () => {
  const { child, ended } = machine.start(["serve"]);
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const [, found] = /listens on (http:\S+)\n[\s\S]*api-key/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(said)));
  });
  expect((await fetch(`${url}/v1/health`)).status).toBe(200);
  const key = (await readFile(`${machine.home}/api-key`, "utf8")).trim();
  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${url}/v1/integrations`, { headers })).status).toBe(200);
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(stderr).not.toContain(key);
});

test("the full flavour: an order placed in Optiply goes to Zoho Books, and a change of flavour resends nothing", async () => {
  const full = await newMachine();
  try {
    const words = async (...given: string[]) => done(await full.mizan(given)).stdout;
    const synced = async () => {
      const { flows } = JSON.parse(await words("sync", "shop", "--json"));
      return flows as { flow: string; state: string; counts: Record<string, number> }[];
    };
    await full.control("POST", "/import/made-up-shop", { seed: 8, items: 40, orders: 45 });
    done(await full.mizan([...full.zoho.words, "--stdin"], full.zoho.input));
    done(await full.mizan([...full.optiply.words, "--stdin"], full.optiply.input));
    const add = ["integrations", "add", "zoho-books-optiply", "--name", "shop", "--source", "books"];
    const options = ["--flavour", "full", "--option", "ordersSince=2020-01-01", "--paused"];
    const added = await words(...add, "--target", "optiply", ...options);
    expect(added).toContain("shop: zoho-books-optiply (full), books → optiply, paused");
    expect(added).toMatch(/\n +buy-orders-export +Optiply → Zoho Books +15 min /);
    const first = await synced();
    expect(first.map(({ flow, state, counts }) => [flow, state, (counts.created ?? 0) > 5])).toEqual([
      ["products", "done", true],
      ["suppliers", "done", true],
      ["supplier-products", "done", true],
      ["sell-orders", "done", true],
      ["buy-orders-export", "done", false],
      ["buy-orders", "done", true],
    ]);

    type Row = Record<string, unknown>;
    const name = encodeURIComponent("Made-up Supplies 001");
    const [supplier] = await full.control<Row[]>("GET", `/optiply/suppliers?name=${name}`);
    const supplierId = Number(supplier?.id);
    const [offer] = await full.control<Row[]>("GET", `/optiply/supplierProducts?supplierId=${supplierId}`);
    const orderLines = [{ productId: offer?.productId, quantity: 12, subtotalValue: "54.00" }];
    const placed = { supplierId, placed: new Date().toISOString(), totalValue: "54.00", orderLines };
    const { id: orderId } = await full.control<{ id: string }>("POST", "/optiply/buyOrders", placed);
    const planned = await words("plan", "shop", "buy-orders-export");
    expect(planned).toMatch(/^buy-orders-export: 1 to create, 0 to update \(.*\), 54\.00 in all$/m);
    expect(planned).toMatch(
      new RegExp(
        `^ {2}create {2}${orderId}\n {4}.*vendor_id Made-up Supplies 001 \\(${supplierId}\\), .*\n {4}line_items 1\n {6}12 × .+ \\(${offer?.productId}\\)$`,
        "m",
      ),
    );
    const exported = await synced();
    expect(exported.filter(({ counts }) => counts.created !== 0)).toMatchObject([
      { flow: "buy-orders-export", counts: { created: 1 } },
    ]);
    const ordered = () => full.control<Row[]>("GET", `/zoho-books/purchaseorders?reference_number=${orderId}`);
    const [purchase] = await ordered();
    const purchaseId = String(purchase?.purchaseorder_id);

    const sent = await words("why", orderId);
    expect(sent).toContain(`${orderId}  (shop/buy-orders-export/${orderId})\ncreated as ${purchaseId}, `);
    expect(sent).toContain(`create confirmed as ${purchaseId}`);
    const taken = await words("why", purchaseId);
    expect(taken).toContain(
      `${purchase?.purchaseorder_number}  (shop/buy-orders/${purchaseId})\nupdated as ${orderId}, `,
    );
    expect(taken).toMatch(new RegExp(`\n  remoteId +${purchaseId}\n`));

    expect(await words("why", "MU-00001")).toMatch(
      /^MU-00001 .+ {2}\(shop\/products\/\d+\)\n[\s\S]+\n\nMU-00001 .+ {2}\(shop\/supplier-products\/\d+\)\n/,
    );
    const vague = await full.mizan(["retry", "MU-00001"]);
    expect(vague).toMatchObject({ code: 2, stdout: "" });
    expect(vague.stderr).toMatch(
      /fits 2 records; name one of them: shop\/products\/\d+, shop\/supplier-products\/\d+$/m,
    );

    await full.control("POST", "/calls/reset");
    const simple = await words("integrations", "set", "shop", "--flavour", "simple");
    expect(simple).toContain("shop: zoho-books-optiply (simple)");
    expect((await synced()).map(({ flow }) => flow)).toEqual(["products", "sell-orders"]);
    expect((await full.mizan(["sync", "shop", "buy-orders"])).stderr).toContain('shop has no flow "buy-orders"');
    expect(await words("runs", "shop", "buy-orders")).toContain("buy-orders");
    const refused = await full.mizan(["apply", "1", "--json"]);
    expect(refused).toMatchObject({ code: 2, stdout: expect.stringContaining("no longer has in flavour simple") });
    const back = ["integrations", "set", "shop", "--flavour", "full"];
    expect((await full.mizan(back)).stderr).toContain("give ordersSince with it, a later day or the same one");
    expect(await words(...back, "ordersSince=2020-01-01")).toContain("(full)");
    const again = await synced();
    expect(again).toHaveLength(6);
    for (const { flow, counts } of again) expect(counts, flow).toMatchObject({ created: 0, updated: 0 });
    const calls = await full.control<{ vendor: string; method: string; path: string }[]>("GET", "/calls");
    const writes = calls.filter(({ method, path }) => method !== "GET" && !/token/.test(path));
    expect(writes).toEqual([]);
    expect(await ordered()).toHaveLength(1);
  } finally {
    await full.remove();
  }
});
