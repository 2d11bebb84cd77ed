import { importMadeUpSallaShop } from "../shops/salla-made-up-shop.ts";
import { importOnlineRetailIntoSalla } from "../shops/salla-online-retail.ts";
import { noSuchResource, type Surroundings, type Vendor } from "../vendor.ts";
import { type Fields, jsonResponse } from "../wire.ts";
import { answerSallaControl } from "./control.ts";
import { sallaCredentials } from "./credentials.ts";
import { failure } from "./envelope.ts";
import { tooMany } from "./limits.ts";
import { recordStore, resources } from "./merchant.ts";
import { createSalla } from "./salla.ts";
import { shiftShop } from "./shift-shop.ts";
import { sallaSwitches } from "./switches.ts";

const NAME = "salla";
const ACCOUNTS = "salla-accounts";

/** The row of Salla in the list of stand-in vendors. */
export const sallaVendor = {
  name: NAME,
  title: "Salla",
  basePath: "/admin/v2",
  rateLimitCodes: [],
  rowIds: /\{"id":(\d+),"(?:reference_id|sku)":/g,
  seedStep: 3,
  credentials: sallaCredentials,
  switchSet: sallaSwitches,
  doors: [NAME, ACCOUNTS],
  addresses: (urlOf: (door: typeof NAME | typeof ACCOUNTS) => string) => ({
    apiUrl: urlOf(NAME),
    accountsUrl: urlOf(ACCOUNTS),
  }),
  open: ({ clock, random, post }: Surroundings) => {
    const salla = createSalla({ clock, random, post });
    const { switches } = salla;
    return {
      standIn: salla,
      switches,
      serve: (door, request, pause) => salla[door === ACCOUNTS ? "accounts" : "api"](request, pause),
      reset: salla.reset,
      expireTokens: salla.expireTokens,
      failure: (status) => failure(switches, status, "server_error", "حدث خطأ غير متوقع"),
      failureWithin200: () =>
        jsonResponse(200, { status: 500, success: false, error: { code: "error", message: "حدث خطأ غير متوقع" } }),
      rateLimited: (request) => {
        const answer = tooMany(switches, request, 1000);
        return { ...answer, headers: { ...answer.headers, ...salla.limitHeaders(), "x-ratelimit-remaining": "0" } };
      },
      shiftRow: (request, rowId, shift) => shiftShop(salla.shop(), request, rowId, shift),
      storeOf: (resource) => {
        const kept = resources.find((one) => one === resource);
        if (kept === undefined) throw noSuchResource(NAME, resource, resources);
        return recordStore(salla.shop(), kept);
      },
      imports: {
        "made-up-shop": (options: Fields) => importMadeUpSallaShop(salla.shop(), options),
        "online-retail": (options: Fields) => importOnlineRetailIntoSalla(salla.shop(), options),
      },
      control: async (request, parts) => answerSallaControl(salla, request, parts),
    };
  },
} as const satisfies Vendor;
