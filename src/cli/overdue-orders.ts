import type { Command } from "commander";
import { listOverdue, overdueDays, overdueDaysMax } from "../operations/overdue-orders.ts";
import { moment, number, print, printJson, say } from "./output.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./whole-number.ts";
import { withMizan } from "./with-mizan.ts";

export function addOverdueOrdersCommand(program: Command): void {
  program
    .command("overdue-orders")
    .description("list orders that were shipped or delivered but never completed: their goods stay reserved")
    .argument("<integration>", "name of the integration")
    .option(
      "--days <number>",
      "that have not changed for so many days",
      wholeNumber("days", 0, overdueDaysMax),
      overdueDays,
    )
    .option("--json", "print them as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan overdue-orders shop
  mizan overdue-orders shop --days 30 --json

Complete them in the shop, or exclude those that are never to become invoices with \`mizan exclude-order\`.`,
    )
    .action(async (integration: string, options: { readonly days: number; readonly json?: true }) => {
      await withMizan(async ({ desk }) => {
        const found = await listOverdue(desk, { integration, days: options.days });
        if (options.json) return void printJson(found);
        const columns = [{ head: "ORDER" }, { head: "STATUS" }, { head: "SINCE" }, { head: "UNITS", right: true }];
        const rows = found.orders.map(({ label, status, since, units }) => [
          label,
          status,
          moment(since),
          number(units),
        ]);
        if (rows.length > 0) print(table(columns, rows, process.stdout.columns));
        const were = found.count === 1 ? "1 order was" : `${number(found.count)} orders were`;
        say(`${were} delivered more than ${number(found.days)} days ago but never marked completed.`);
      });
    });
}
