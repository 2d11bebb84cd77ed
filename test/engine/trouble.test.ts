/** Credentials, scopes, quotas and broken answers: what a person must do, or when it goes on; nothing is lost (law 5). */
import { expect, test } from "vitest";
import { NeedsPerson, RetryLater } from "../../src/core/errors.ts";
import { connections, doctor } from "../../src/operations/connect.ts";
import { sync } from "../../src/operations/sync.ts";
import { readCursor } from "../../src/store/flow-states.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  connectZoho,
  doubled,
  integrationName,
  item,
  itemId,
  openStage,
  order,
  orderId,
  remoteId,
  type Stage,
} from "../stage.ts";

async function sell(stage: Stage, count: number): Promise<readonly Fields[]> {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  return stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: count }, () => order([{ item_id: itemId(mug), quantity: 1 }])),
  );
}

async function expectAllThere(stage: Stage, sold: readonly Fields[]): Promise<void> {
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  expect(rows.map(remoteId).sort()).toEqual(sold.map(orderId).sort());
}

const signIns = async (stage: Stage) => {
  const all = (await (await fetch(`${stage.shop.addresses.control}/calls`)).json()) as {
    path: string;
    count: number;
  }[];
  return all.filter(({ path }) => path.includes("/oauth/")).reduce((sum, { count }) => sum + count, 0);
};
const problems = async (stage: Stage) =>
  (await connections(stage.mizan.desk)).map(({ problem }) => problem?.sentence ?? null);

test("a missing scope (code 57) needs a person, who is told which; nothing is called before, and all goes on after", async () => {
  const stage = await openStage();
  const sold = await sell(stage, 3);
  await stage.shop.switches({ "zoho-books": { scopes: "ZohoBooks.settings.READ" } });
  await stage.shop.expireTokens("zoho-books");
  const { orders } = await stage.sync();
  expect(orders.error).toBeInstanceOf(NeedsPerson);
  expect((orders.error as NeedsPerson).action).toMatchObject({
    code: "scope-missing",
    parameters: { scope: "ZohoBooks.salesorders.READ" },
  });
  expect(await problems(stage)).toEqual([null, "The authorisation lacks a scope (ZohoBooks.salesorders.READ)."]);
  await stage.resetCalls();
  const again = await stage.sync();
  expect(again.products.error).toBeInstanceOf(NeedsPerson);
  expect(await stage.count("zoho-books")).toBe(0);
  await stage.shop.switches({ "zoho-books": { scopes: "ZohoBooks.fullaccess.all" } });
  await connectZoho(stage);
  expect(await problems(stage)).toEqual([null, null]);
  await stage.sync();
  await expectAllThere(stage, sold);
});

test("wrong credentials are refused when connecting, and the connection there was stays as it is", async () => {
  const stage = await openStage();
  const sold = await sell(stage, 1);
  for (const wrong of [{ clientSecret: "wrong-secret-1" }, { refreshToken: "1000.wrong.token" }]) {
    const refused = await connectZoho(stage, {}, wrong).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NeedsPerson);
    expect((refused as NeedsPerson).action.code).toBe("credentials-refused");
    expect(String(refused)).not.toContain(Object.values(wrong)[0]);
  }
  await stage.sync();
  await expectAllThere(stage, sold);
});

test("an authorisation that is revoked needs a person, and doctor says what to do", async () => {
  const stage = await openStage();
  await stage.sync();
  const { accountsUrl } = stage.shop.addresses.vendors["zoho-books"];
  const { refreshToken } = stage.shop.addresses.credentials["zoho-books"];
  await fetch(`${accountsUrl}/oauth/v2/token/revoke`, {
    method: "POST",
    body: new URLSearchParams({ token: refreshToken }),
  });
  await stage.shop.expireTokens("zoho-books");
  const { products } = await stage.sync();
  expect((products.error as NeedsPerson).action.code).toBe("credentials-refused");
  const diagnosis = await doctor(stage.mizan.desk, "zoho", stage.signal);
  expect(diagnosis).toMatchObject({ works: false, problem: { action: expect.stringContaining("mizan connect") } });
});

test.for(["code-14", "empty", "html"])(
  "an expired token (answered with %s) is renewed once, however many calls meet it",
  async (expiredTokenAnswer) => {
    const stage = await openStage({ switches: { "zoho-books": { expiredTokenAnswer } } });
    const sold = await sell(stage, 20);
    await stage.sync({ flow: "products" });
    await stage.shop.expireTokens("zoho-books");
    await stage.shop.expireTokens("optiply");
    await stage.resetCalls();
    await stage.sync();
    await expectAllThere(stage, sold);
    expect(await signIns(stage)).toBe(2);
  },
);

test("a spent day (code 45) pauses until the organisation's midnight, loses nothing, and goes on then", async () => {
  const stage = await openStage({ switches: { "zoho-books": { rateLimitHeaders: false } } });
  const sold = await sell(stage, 40);
  await stage.shop.switches({ "zoho-books": { rateLimitHeaders: true, headerDailyLimit: 10_000, perDayLimit: 40 } });
  const { orders } = await stage.sync();
  expect(orders.state).toBe("stopped");
  expect(orders.error).toBeNull();
  const midnight = orders.retryAt?.getTime() ?? 0;
  const inAmsterdam = new Intl.DateTimeFormat("nl-NL", {
    timeZone: "Europe/Amsterdam",
    hour: "2-digit",
    minute: "2-digit",
  });
  expect(["00:00", "24:00", "23:59"]).toContain(inAmsterdam.format(midnight));
  expect(midnight).toBeGreaterThan(stage.clock.now());
  expect(await problems(stage)).toEqual([null, null]);
  await stage.resetCalls();
  const again = await stage.sync();
  // "Seconds until midnight" is rounded by each answer.
  expect(Math.abs((again.products.retryAt?.getTime() ?? 0) - midnight)).toBeLessThan(2_000);
  expect(await stage.count("zoho-books")).toBe(0);
  await stage.shop.switches({ "zoho-books": { perDayLimit: null } });
  stage.clock.jump(midnight - stage.clock.now() + 2_000);
  await stage.sync();
  await expectAllThere(stage, sold);
});

const asking = {
  doctor: (stage: Stage) => doctor(stage.mizan.desk, "zoho", stage.signal).then(({ works }) => works),
  connect: (stage: Stage) =>
    connectZoho(stage).then(
      () => true,
      (error: unknown) => {
        expect(error).toBeInstanceOf(RetryLater);
        return false;
      },
    ),
};

test.for([
  { asker: "doctor", says: { rateLimitHeaders: true, headerDailyLimit: null } },
  { asker: "doctor", says: { rateLimitHeaders: true, headerDailyLimit: 10_000 } },
  { asker: "doctor", says: { rateLimitHeaders: false } },
  { asker: "connect", says: { rateLimitHeaders: true, headerDailyLimit: null } },
  { asker: "connect", says: { rateLimitHeaders: false } },
] as const)(
  "a day that was spent is asked about once by $asker, and a bigger plan ends it for all ($says)",
  async (given) => {
    const { asker, says } = given;
    const stage = await openStage({ switches: { "zoho-books": says } });
    const sold = await sell(stage, 10);
    const limit = (perDayLimit: number | null) => stage.shop.switches({ "zoho-books": { perDayLimit } });
    // Calls of the organisation's day, by their status.
    const ofDay = async () => {
      const counted = (await stage.calls("zoho-books")).filter(({ path }) => !path.endsWith("/organizations"));
      await stage.resetCalls();
      return counted.map(({ status, count }) => [status, count]);
    };
    await limit(1);
    expect((await stage.sync()).products.state).toBe("stopped");
    await ofDay();
    for (let time = 0; time < 2; time += 1) {
      expect(await asking[asker](stage)).toBe(false);
      expect(await ofDay()).toEqual([[429, 1]]);
      const { products, orders } = await stage.sync();
      expect([products.state, orders.state]).toEqual(["stopped", "stopped"]);
      expect(products.retryAt?.getTime()).toBeGreaterThan(stage.clock.now());
      expect(await ofDay()).toEqual([]);
    }
    await limit(null);
    const other = await stage.openAnother();
    expect((await sync(other.desk, { integration: integrationName, signal: stage.signal }))[0]?.state).toBe("stopped");
    expect(await ofDay()).toEqual([]);
    expect(await asking[asker](stage)).toBe(true);
    const reports = await sync(other.desk, { integration: integrationName, signal: stage.signal });
    expect(reports.map(({ state }) => state)).toEqual(["done", "done"]);
    await expectAllThere(stage, sold);
  },
);

test("where Zoho's headers tell the day's rest, flows stop at the reserve and never meet code 45", async () => {
  const stage = await openStage({ zohoSettings: { dayReserve: 10 } });
  const sold = await sell(stage, 60);
  const used = 60;
  await stage.shop.switches({ "zoho-books": { headerDailyLimit: null, perDayLimit: used } });
  const { orders } = await stage.sync();
  expect(orders.state).toBe("stopped");
  expect(orders.retryAt).toBeInstanceOf(Date);
  expect((await stage.calls("zoho-books")).filter(({ status }) => status === 429)).toEqual([]);
  // The reserve is left for people.
  expect((await doctor(stage.mizan.desk, "zoho", stage.signal)).works).toBe(true);
  await stage.shop.switches({ "zoho-books": { perDayLimit: null, headerDailyLimit: 10_000 } });
  stage.clock.jump((orders.retryAt?.getTime() ?? 0) - stage.clock.now() + 2_000);
  await stage.sync();
  await expectAllThere(stage, sold);
});

test("a blocked organisation (code 44) pauses everyone for a minute and loses nothing", async () => {
  const stage = await openStage();
  const sold = await sell(stage, 20);
  const key = { integrationId: 1, flow: "sell-orders" };
  await stage.shop.fault({
    vendor: "zoho-books",
    path: "/salesorders/{id}",
    kind: "rate-limited",
    code: 44,
    afterCalls: 5,
    count: 1,
  });
  const { orders } = await stage.sync();
  expect(orders.state).toBe("stopped");
  expect(orders.retryAt?.getTime()).toBeGreaterThan(stage.clock.now() + 50_000);
  expect((await readCursor(stage.mizan.desk.store.database, key)).since).toBeNull();
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.count("zoho-books")).toBe(0);
  stage.clock.jump(61_000);
  await stage.sync();
  await expectAllThere(stage, sold);
});

test("too many calls at once (code 1070) are spread and asked again", async () => {
  const stage = await openStage();
  const sold = await sell(stage, 10);
  await stage.shop.fault({
    vendor: "zoho-books",
    path: "/salesorders/{id}",
    kind: "rate-limited",
    code: 1070,
    count: 2,
  });
  expect((await stage.sync()).orders.state).toBe("done");
  await expectAllThere(stage, sold);
});
