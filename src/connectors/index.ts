import type { Connector } from "../core/connector.ts";
import { optiply } from "./optiply/index.ts";
import { qoyod } from "./qoyod/index.ts";
import { salla } from "./salla/index.ts";
import { zohoBooks } from "./zoho-books/index.ts";

/** Every vendor that Mizan knows: adding one is one folder and one line here. */
export const connectors: readonly Connector[] = [zohoBooks, optiply, salla, qoyod];
