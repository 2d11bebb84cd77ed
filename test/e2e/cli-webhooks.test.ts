/** `mizan webhooks` by the real command against the stand-in Salla. */
import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { runMizan } from "./mizan-command.ts";

test("webhooks --register has Salla post to the printed address, signed; --rotate tells of the one before", async () => {
  const stage = await openShopStage();
  const reached = { ...stage.environment, MIZAN_PUBLIC_URL: "https://mizan.made-up.example" };
  const webhooks = (words: readonly string[], environment: Readonly<Record<string, string>> = reached) =>
    runMizan(["webhooks", "salla", ...words], "", environment);
  const hidden = await webhooks(["--register"], stage.environment);
  expect(hidden.code).not.toBe(0);
  expect(hidden.stderr).toContain("MIZAN_PUBLIC_URL");
  expect(await stage.inSalla("subscriptions")).toEqual([]);

  const registered = await webhooks(["--register"]);
  expect([registered.code, registered.stderr]).toEqual([
    0,
    expect.stringMatching(/posts \d+ events there: .*order\.status\.updated/),
  ]);
  const [address = ""] = registered.stdout.split("\n");
  expect(address).toMatch(/^https:\/\/mizan\.made-up\.example\/v1\/webhooks\/[\w-]{20,}$/);
  const subscribed = await stage.inSalla("subscriptions");
  expect(subscribed.length).toBeGreaterThan(3);
  const secret = stage.shop.addresses.credentials.salla.webhookSecret;
  for (const one of subscribed) expect(one).toMatchObject({ url: address, strategy: "signature", secret });
  expect(`${registered.stdout}${registered.stderr}`).not.toContain(secret);

  const again = await webhooks(["--register", "--json"]);
  const view = JSON.parse(again.stdout) as Fields & { readonly registered: Fields };
  expect(view).toMatchObject({ url: address, registered: { url: address, others: [] } });
  expect(await stage.inSalla("subscriptions")).toHaveLength(subscribed.length);

  const rotated = await webhooks(["--rotate", "--register"]);
  expect(rotated.code).toBe(0);
  const [next] = rotated.stdout.split("\n");
  expect(next).not.toBe(address);
  expect(rotated.stderr).toContain(`It also posts to ${address}`);
  expect((await stage.inSalla("subscriptions")).filter(({ url }) => url === next)).toHaveLength(subscribed.length);
});
