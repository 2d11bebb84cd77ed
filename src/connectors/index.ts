import type { Connector } from "../core/connector.ts";
import { optiply } from "./optiply/index.ts";
import { zohoBooks } from "./zoho-books/index.ts";

/** Every vendor that Mizan knows: adding one is one folder and one line here. */
export const connectors: readonly Connector[] = [zohoBooks, optiply];
