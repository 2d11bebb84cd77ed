import type { Command } from "commander";
import { dismiss } from "../operations/dismiss.ts";
import { clean, print, printJson } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addDismissCommand(program: Command): void {
  program
    .command("dismiss")
    .description("take an invoiced order that was undone or edited afterwards off the list: seen, and left as it is")
    .argument("<record>", "an order number, or integration/flow/source id")
    .option("--json", "print the record as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan records shop --reason edited-after-invoice     what was edited after its invoice
  mizan dismiss 218190013
  mizan dismiss shop/orders/1899561208

It comes back when the order shows another difference; \`mizan retry\` tells the same one again.`,
    )
    .action(async (record: string, options: { readonly json?: true }) => {
      await withMizan(async ({ desk }) => {
        const dismissed = await dismiss(desk, record);
        if (options.json) printJson(dismissed);
        else print(clean(`${dismissed.label} is left as it is. ${dismissed.notes.at(-1) ?? ""}`.trim()));
      });
    });
}
