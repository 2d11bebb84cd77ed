import { importBuyOrders } from "../shops/buy-orders.ts";
import { noSuchResource, type RecordStore, type Surroundings, type Vendor } from "../vendor.ts";
import type { Fields } from "../wire.ts";
import { optiplyCredentials } from "./credentials.ts";
import { errorDocument } from "./envelope.ts";
import { addRecord, changeRecord, readRecord, readRecords, removeRecord } from "./merchant.ts";
import { createOptiply, type Optiply, rateLimitAnswer } from "./optiply.ts";
import { isResourceName, resourceNames } from "./resources.ts";
import { shiftWebshop } from "./shift-webshop.ts";
import { optiplySwitches } from "./switches.ts";

const NAME = "optiply";

/** The row of Optiply in the list of stand-in vendors. */
export const optiplyVendor = {
  name: NAME,
  title: "Optiply",
  basePath: "/v1",
  rateLimitCodes: [],
  rowIds: /\{"id":"(\d+)"/g,
  seedStep: 2,
  credentials: optiplyCredentials,
  switchSet: optiplySwitches,
  doors: ["optiply"],
  addresses: (urlOf: (door: "optiply") => string) => ({
    apiUrl: `${urlOf("optiply")}/v1`,
    tokenUrl: `${urlOf("optiply")}/api/auth/oauth/token`,
  }),
  open: ({ clock, random }: Surroundings) => {
    const optiply = createOptiply({ clock, random });
    return {
      standIn: optiply,
      switches: optiply.switches,
      serve: (_door, request, pause) => optiply.api(request, pause),
      reset: optiply.reset,
      expireTokens: optiply.expireTokens,
      failure: (status) => errorDocument(status, "Internal Server Error"),
      failureWithin200: () => ({ ...errorDocument(500, "Something went wrong"), status: 200 }),
      rateLimited: () => rateLimitAnswer(optiply.switches),
      shiftRow: (request, rowId, shift) => shiftWebshop(optiply.webshop(), request, rowId, shift),
      storeOf: (resource) => storeOf(optiply, resource),
      imports: { "buy-orders": (options: Fields) => importBuyOrders(optiply.webshop(), options) },
    };
  },
} as const satisfies Vendor;

function storeOf(optiply: Optiply, resource: string): RecordStore {
  if (!isResourceName(resource)) throw noSuchResource(NAME, resource, resourceNames);
  const webshop = optiply.webshop();
  return {
    add: (given) => addRecord(webshop, resource, given),
    change: (id, changes) => changeRecord(webshop, resource, id, changes),
    remove: (id) => removeRecord(webshop, resource, id),
    read: (id) => readRecord(webshop, resource, id),
    readAll: () => readRecords(webshop, resource),
  };
}
