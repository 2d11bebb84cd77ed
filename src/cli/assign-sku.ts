import type { Command } from "commander";
import { assignSkuByHand } from "../operations/assign-sku.ts";
import { exitCodeOfFlows } from "./exit-codes.ts";
import { sayFlows } from "./flow-words.ts";
import { clean, print, printJson } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addAssignSkuCommand(program: Command): void {
  program
    .command("assign-sku")
    .description("give a product of an order a SKU that it does not have in its shop")
    .argument("<integration>", "name of the integration")
    .argument("<order>", "number or id of the order that waits for it")
    .argument("<product>", "id of the product, of its variant, or of the line")
    .argument("<sku>", "the SKU; no other product may have it")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan records shop --reason sku-missing       the products that wait for a SKU
  mizan assign-sku shop 218190013 1298199463 CUP-RED

The orders that waited for it go on at once, and later ones need no second answer.`,
    )
    .action(
      async (integration: string, order: string, product: string, sku: string, options: { readonly json?: true }) => {
        await withMizan(async ({ desk, signal }) => {
          const assigned = await assignSkuByHand(desk, { integration, order, product, sku, signal });
          if (options.json) printJson(assigned);
          else print(clean(`${assigned.name} (${assigned.unit}) has the SKU ${assigned.sku} from now on.`));
          sayFlows(assigned.flows);
          return exitCodeOfFlows(assigned.flows, false);
        });
      },
    );
}
