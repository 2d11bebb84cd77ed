import type { IntegrationKind } from "../core/flow.ts";
import { sallaQoyod } from "./salla-qoyod/index.ts";
import { zohoBooksOptiply } from "./zoho-books-optiply/index.ts";

/** Every kind of integration there is. */
export const integrationKinds: readonly IntegrationKind[] = [zohoBooksOptiply, sallaQoyod];
