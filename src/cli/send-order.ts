import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { InvalidInput } from "../core/errors.ts";
import type { Language } from "../core/reasons.ts";
import { mostSent, numbersIn, type SendResult, type SentOrder, sendOrders } from "../operations/send-orders.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { languageOption } from "./language-option.ts";
import { clean, print, printJson, say, sayFault } from "./output.ts";
import { table } from "./table.ts";
import { withMizan } from "./with-mizan.ts";

export function addSendOrderCommand(program: Command): void {
  program
    .command("send-order")
    .description("send completed orders to the books by hand, whatever their age; sending twice makes one invoice")
    .argument("<integration>", "name of the integration")
    .argument("[order...]", `order numbers or ids, at most ${mostSent}; - reads them from standard input`)
    .option("--file <path>", "read them from a file; blanks, commas or new lines part them")
    .addOption(languageOption())
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan send-order shop 218190013
  mizan send-order shop --file orders.txt
  pbpaste | mizan send-order shop - --json

Exit code 4 when an order was refused, waits or is rejected.`,
    )
    .action(async (integration: string, words: readonly string[], options: SendOptions) => {
      const orders = await ordersOf(words, options.file);
      await withMizan(async ({ desk, signal }) => {
        const result = await sendOrders(desk, { integration, orders, language: options.language, signal });
        if (options.json) printJson(result);
        else printSent(result);
        if (result.fault !== null) return exitCodeOf(result.fault.kind);
        return result.orders.some(({ invoiceId }) => invoiceId === null) ? exitCodes.incomplete : exitCodes.done;
      });
    });
}

interface SendOptions {
  readonly file?: string;
  readonly language: Language;
  readonly json?: true;
}

async function ordersOf(words: readonly string[], file: string | undefined): Promise<readonly string[]> {
  const parts = words.filter((word) => word !== "-");
  if (words.includes("-")) parts.push(...numbersIn(await text(process.stdin)));
  if (file !== undefined) parts.push(...numbersIn(await contentOf(file)));
  return parts;
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new InvalidInput(
      "file",
      `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function printSent({ orders, fault }: SendResult): void {
  const columns = [{ head: "ORDER" }, { head: "RESULT" }, { head: "INVOICE" }, { head: "REASON" }];
  const rows = orders.map((one) => [one.order, outcomeWords[one.outcome], one.invoiceId ?? "", one.reason ?? ""]);
  print(table(columns, rows, process.stdout.columns));
  const actions = orders.filter(({ invoiceId, action }) => invoiceId === null && action !== null);
  for (const { order, action } of actions) say(clean(`${order}: ${action ?? ""}`));
  if (fault !== null) sayFault(fault, false);
}

const outcomeWords: Readonly<Record<SentOrder["outcome"], string>> = {
  invoiced: "invoiced",
  "invoiced-already": "invoiced already",
  waiting: "waits",
  rejected: "rejected",
  refused: "refused",
};
