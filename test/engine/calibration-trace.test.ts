import { expect, test } from "vitest";
import { calibrate } from "../../src/operations/calibrate.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";

test("the reference of a calibration draft is logged before it is sent, so that one that stays is found", async () => {
  const stage = await openShopStage();
  await stage.shop.fault({ vendor: "qoyod", method: "POST", path: "/invoices", kind: "cut-after", count: 1 });
  await stage.shop.fault({ vendor: "qoyod", method: "GET", path: "/invoices", kind: "status", status: 500 });
  const run = calibrate(stage.mizan.desk, { connection: "qoyod", consent: true, signal: stage.signal });
  await expect(run).rejects.toThrow();
  const [left] = await stage.inQoyod("invoices");
  expect(left?.reference).toMatch(/^MIZAN-CALIBRATION-/);
  expect(stage.logged.filter((line) => line.includes(String(left?.reference)))).not.toEqual([]);
});
