import type { Command } from "commander";
import { decideWhoseStock } from "../operations/decide-stock.ts";
import { exitCodeOfFlows } from "./exit-codes.ts";
import { sayFlows } from "./flow-words.ts";
import { print, printJson } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addDecideStockCommand(program: Command): void {
  program
    .command("decide-stock")
    .description("decide whose stock counts where shop and books differ before the first count of a product")
    .argument("<integration>", "name of the integration")
    .argument("<sku>", "the SKU, exactly as it is written")
    .argument("<keeps>", "salla or qoyod: whose number is kept")
    .option("--location <id>", "the location, where the SKU waits at several")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan records shop --reason stock-differs     what waits, with both numbers
  mizan decide-stock shop MUG-WHITE salla

The orders that waited for the count go on at once.`,
    )
    .action(async (integration: string, sku: string, keeps: string, options: { location?: string; json?: true }) => {
      await withMizan(async ({ desk, signal }) => {
        const decided = await decideWhoseStock(desk, { integration, sku, keeps, location: options.location, signal });
        if (options.json) printJson(decided);
        else print(`${sku} at location ${decided.location}: the number of ${desk.vendorTitle(keeps)} is kept.`);
        sayFlows(decided.flows);
        return exitCodeOfFlows(decided.flows, false);
      });
    });
}
