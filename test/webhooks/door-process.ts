/** A process that takes webhooks and does nothing with them: `node door-process.ts <store location as JSON> <vendor URL>`. */

import { listen } from "../../src/api/listen.ts";
import { openStore, type StoreLocation } from "../../src/store/open-store.ts";
import { madeUpDoor } from "./made-up-door.ts";

const [location = "", vendorUrl = ""] = process.argv.slice(2);
const store = await openStore(JSON.parse(location) as StoreLocation);
const { desk } = madeUpDoor(store, vendorUrl, "door");
const jobs = { runNow: () => Promise.resolve(false), takeUp: () => undefined };
const { url } = await listen(desk, jobs, { host: "127.0.0.1", port: 0 });
process.send?.(url);
