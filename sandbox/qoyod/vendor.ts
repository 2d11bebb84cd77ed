import type { Surroundings, Vendor } from "../vendor.ts";
import { rateLimitAnswer, sentence, wrongKey } from "./answers.ts";
import { qoyodCredentials } from "./credentials.ts";
import { storeOf } from "./merchant.ts";
import { BASE_PATH, createQoyod } from "./qoyod.ts";
import { shiftCompany } from "./shift-company.ts";
import { qoyodSwitches } from "./switches.ts";

/** The row of Qoyod in the list of stand-in vendors. */
export const qoyodVendor = {
  name: "qoyod",
  title: "Qoyod",
  basePath: BASE_PATH,
  rateLimitCodes: [],
  rowIds: /\{"id":(\d+),"/g,
  seedStep: 4,
  credentials: qoyodCredentials,
  switchSet: qoyodSwitches,
  doors: ["qoyod"],
  addresses: (urlOf: (door: "qoyod") => string) => ({ apiUrl: `${urlOf("qoyod")}${BASE_PATH}` }),
  open: ({ clock, random }: Surroundings) => {
    const qoyod = createQoyod({ clock, random });
    return {
      standIn: qoyod,
      switches: qoyod.switches,
      serve: (_door, request, pause) => qoyod.api(request, pause),
      reset: qoyod.reset,
      // A key has no life of its own: it works until a person makes another.
      expireTokens: () => undefined,
      failure: (status) => (status === 401 ? wrongKey() : sentence(status, "Internal Server Error")),
      failureWithin200: () => ({ ...sentence(500, "Something went wrong"), status: 200 }),
      rateLimited: () => rateLimitAnswer(qoyod.switches),
      shiftRow: (request, rowId, shift) => shiftCompany(qoyod.company(), request, rowId, shift),
      storeOf: (resource) => storeOf(qoyod.company(), resource),
      imports: {},
    };
  },
} as const satisfies Vendor;
