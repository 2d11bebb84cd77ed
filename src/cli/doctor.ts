import type { Command } from "commander";
import { InvalidInput } from "../core/errors.ts";
import { connections, type Diagnosis, doctor } from "../operations/connect.ts";
import { exitCodes } from "./exit-codes.ts";
import { factLines } from "./fact-words.ts";
import { clean, moment, number, print, printJson, withMoments } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("call a vendor and say whether a connection works, what was found and what is left of its budget")
    .argument("<connection>", "name of the connection")
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExample:\n  mizan doctor books\n\nExit code 3 when a person must act.")
    .action(async (connection: string, options: { json?: true }) => {
      await withMizan(async ({ desk, signal }) => {
        const names = (await connections(desk)).map(({ name }) => name);
        if (!names.includes(connection))
          throw new InvalidInput(
            "connection",
            `there is no connection ${JSON.stringify(connection)}; there are: ${names.join(", ") || "none yet"}`,
          );
        const diagnosis = await doctor(desk, connection, signal);
        if (options.json) printJson(diagnosis);
        else printDiagnosis(diagnosis);
        if (diagnosis.works) return exitCodes.done;
        return diagnosis.needsPerson ? exitCodes.person : exitCodes.later;
      });
    });
}

function printDiagnosis({
  connection,
  vendor,
  works,
  ahead,
  problem,
  advice,
  facts,
  privileges,
  budget,
}: Diagnosis): void {
  print(`${connection} (${vendor}): ${works ? "works" : "does not work"}`);
  for (const words of [problem, ahead, ...advice]) {
    if (words === null) continue;
    print(`  ${clean(withMoments(words.sentence))}`);
    print(`  ${clean(withMoments(words.action))}`);
  }
  const lines = factLines(facts);
  if (lines.length > 0) print(`\nFound at the account:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  print("\nCalls:");
  print(`  ${number(budget.perMinute)} a minute at the most`);
  if (budget.dayLimit !== null) {
    const left = budget.dayRemaining === null ? "" : `, ${number(budget.dayRemaining)} left`;
    const until = budget.dayResetsAt === null ? "" : ` until ${moment(budget.dayResetsAt)}`;
    print(`  ${number(budget.dayLimit)} a day${left}${until}`);
  }
  if (budget.pausedUntil !== null) print(`  paused until ${moment(budget.pausedUntil)} (${budget.pauseReason ?? ""})`);
  print(`\nLeast privileges: ${privileges.join(", ")}`);
}
