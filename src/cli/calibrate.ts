import type { Command } from "commander";
import { type CalibrationView, calibrate } from "../operations/calibrate.ts";
import { askYes } from "./ask.ts";
import { exitCodes } from "./exit-codes.ts";
import { print, printJson, say } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addCalibrateCommand(program: Command): void {
  program
    .command("calibrate")
    .description("find how the books round, by one draft invoice that is deleted again; asks first")
    .argument("<connection>", "name of a Qoyod connection")
    .option("--contact <id>", "the contact of the draft; the cash customer where it is left out")
    .option("--location <id>", "its location; the default one where it is left out")
    .option("--product <id>", "a service for its lines; else Mizan makes one of its own, once")
    .option("--yes", "agree without being asked")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Example:
  mizan calibrate qoyod --yes

The draft moves no stock and reports no tax; it shows for a moment in the list of invoices.`,
    )
    .action(async (connection: string, options: CalibrateOptions) => {
      const { json, yes, ...chosen } = options;
      await withMizan(async ({ desk, signal }) => {
        const request = { connection, ...chosen, signal };
        const planned = await calibrate(desk, { ...request, consent: false });
        for (const line of planWords(planned)) say(line);
        const consent = yes === true || (await askYes("Do it?", signal));
        if (!consent) {
          if (json) printJson(planned);
          say("Nothing was done. Add --yes to agree.");
          return exitCodes.person;
        }
        const view = await calibrate(desk, { ...request, consent });
        if (json) printJson(view);
        else if (view.found?.value != null) print(`${view.found.option}=${view.found.value}`);
        for (const line of foundWords(view)) say(line);
        return view.found?.value == null || view.found.leftBehind !== null ? exitCodes.person : exitCodes.done;
      });
    });
}

interface CalibrateOptions {
  readonly contact?: string;
  readonly location?: string;
  readonly product?: string;
  readonly yes?: true;
  readonly json?: true;
}

function planWords({ contact, location, product, sku }: CalibrationView): string[] {
  const lines = product === null ? `the service ${sku}` : `product ${product}`;
  return [
    `One draft invoice is made for contact ${contact} at location ${location} with lines of ${lines}, read, and deleted again.`,
    ...(product === null
      ? [`Where ${sku} is not there it is made; it stays, since Qoyod deletes no products. Nobody counts it.`]
      : []),
  ];
}

function foundWords({ found }: CalibrationView): string[] {
  if (found === null) return [];
  return [
    ...(found.value === null
      ? [`No known way of rounding comes to the total ${found.total ?? "–"}. Report it; invoices are not started.`]
      : [`Give it to the integration: --option ${found.option}=${found.value}`]),
    ...(found.alike.length > 0
      ? [
          `The numbers do not tell it from ${found.alike.join(", ")}: the totals are the same, VAT may be rounded otherwise.`,
        ]
      : []),
    ...(found.leftBehind === null
      ? []
      : [`The draft ${found.leftBehind} could not be deleted. Delete it in Qoyod; it counts for nothing.`]),
  ];
}
