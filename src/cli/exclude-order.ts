import { type Command, Option } from "commander";
import { InvalidInput } from "../core/errors.ts";
import { type ExcludedOrder, excludeOrderByHand, includeOrderAgain } from "../operations/exclude-order.ts";
import { exitCodeOfFlows, exitCodes } from "./exit-codes.ts";
import { sayFlows } from "./flow-words.ts";
import { clean, print, printJson, say } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

interface ExcludeOptions {
  readonly goods?: "left" | "kept";
  readonly undo?: true;
  readonly json?: true;
}

export function addExcludeOrderCommand(program: Command): void {
  program
    .command("exclude-order")
    .description("keep an order from ever becoming an invoice, or include it again")
    .argument("<integration>", "name of the integration")
    .argument("<order>", "its number or id")
    .addOption(
      new Option(
        "--goods <where>",
        "left: they are gone, and the books are counted down; kept: they are sold again",
      ).choices(["left", "kept"]),
    )
    .option("--undo", "include the order again, as long as nothing of it was counted down")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan exclude-order shop 218190013 --goods kept    its goods are offered again
  mizan exclude-order shop 218190013 --goods left    its goods are counted out of the books
  mizan exclude-order shop 218190013 --undo

Saying it twice counts once. Exit code 4 when a count has to wait.`,
    )
    .action(async (integration: string, order: string, { goods, undo, json }: ExcludeOptions) => {
      if ((goods === undefined) === (undo === undefined))
        throw new InvalidInput(
          "goods",
          "say --goods left or --goods kept, or --undo: have the goods of the order left?",
        );
      await withMizan(async ({ desk, signal }) => {
        if (goods === undefined) {
          const included = await includeOrderAgain(desk, { integration, order, signal });
          if (json) printJson(included);
          else print(clean(`Order ${included.label} is included again.`));
          sayFlows(included.flows);
          return exitCodeOfFlows(included.flows, false);
        }
        const excluded = await excludeOrderByHand(desk, { integration, order, goods, signal });
        if (json) printJson(excluded);
        else printExcluded(excluded);
        sayFlows(excluded.flows);
        const waits = excluded.counts.some(({ done }) => !done);
        return exitCodeOfFlows(excluded.flows, false) || (waits ? exitCodes.incomplete : exitCodes.done);
      });
    });
}

function printExcluded({ label, goods, counts }: ExcludedOrder): void {
  const nothing =
    goods === "left" ? "nothing of it was counted in the books" : "its goods are offered again by the next pass";
  print(clean(`Order ${label} is excluded${counts.length === 0 ? `; ${nothing}` : ""}.`));
  for (const { product, done, reason, action } of counts) {
    print(clean(done ? `${product}: counted down` : `${product}: ${reason ?? "not counted down yet"}`));
    if (!done && action !== null) say(clean(`  ${action}`));
  }
}
