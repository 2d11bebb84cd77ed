/** The command `mizan`: one file per command beside this one. */
import { Command, CommanderError } from "commander";
import { faultOf } from "../operations/fault.ts";
import { addApiKeyCommand } from "./api-key.ts";
import { addApplyCommand } from "./apply.ts";
import { addAssignSkuCommand } from "./assign-sku.ts";
import { addBackfillCommand } from "./backfill.ts";
import { addCalibrateCommand } from "./calibrate.ts";
import { addConnectCommand } from "./connect.ts";
import { addConnectionsCommand } from "./connections.ts";
import { addDecideStockCommand } from "./decide-stock.ts";
import { addDemoCommand } from "./demo.ts";
import { addDismissCommand } from "./dismiss.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addExcludeOrderCommand } from "./exclude-order.ts";
import { exitCodeHelp, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { addIntegrationsCommand } from "./integrations.ts";
import { say, sayFault } from "./output.ts";
import { addOverdueOrdersCommand } from "./overdue-orders.ts";
import { addPlanCommand } from "./plan.ts";
import { addProposeCommand } from "./propose.ts";
import { addRecordsCommand } from "./records.ts";
import { addResetKeyCommand } from "./reset-key.ts";
import { addRetryCommand } from "./retry.ts";
import { addRunsCommand } from "./runs.ts";
import { addSandboxCommand } from "./sandbox.ts";
import { addSendOrderCommand } from "./send-order.ts";
import { addServeCommand } from "./serve.ts";
import { addSyncCommand } from "./sync.ts";
import { addWebhooksCommand } from "./webhooks.ts";
import { addWhyCommand } from "./why.ts";
import { addWorkerCommand } from "./worker.ts";

const json = process.argv.includes("--json");

const program = new Command("mizan")
  .description("Keeps a shop, its books and its replenishment in agreement.")
  .showHelpAfterError("(--help shows what is allowed)")
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) })
  .addHelpText(
    "after",
    `
A first session:
  mizan demo                                  everything on made-up data, nothing to set up
  mizan connect zoho-books --name books       link an account; asks for what it needs
  mizan connect optiply --name optiply
  mizan integrations add zoho-books-optiply --name shop --source books --target optiply \\
      --option ordersSince=2026-01-01 --paused
  mizan plan shop                             what would be written
  mizan sync shop                             write it
  mizan integrations resume shop              from now on \`mizan serve\` does it by itself

Environment:
  MIZAN_HOME          folder of the database and the secret key (~/.mizan)
  MIZAN_DATABASE_URL  a PostgreSQL server in place of the embedded one
  MIZAN_SECRET_KEY    32 bytes in Base64; else the file secret.key in MIZAN_HOME
  MIZAN_PUBLIC_URL    address under which vendors reach the API, for webhooks
  MIZAN_HOST, MIZAN_PORT, MIZAN_LOG_LEVEL

${exitCodeHelp}`,
  );

program.commandsGroup("Try it out:");
for (const add of [addDemoCommand, addSandboxCommand]) add(program);
program.commandsGroup("Set it up:");
for (const add of [
  addConnectCommand,
  addConnectionsCommand,
  addDoctorCommand,
  addWebhooksCommand,
  addProposeCommand,
  addCalibrateCommand,
  addIntegrationsCommand,
])
  add(program);
program.commandsGroup("Move records:");
for (const add of [addPlanCommand, addApplyCommand, addSyncCommand, addSendOrderCommand, addBackfillCommand])
  add(program);
program.commandsGroup("Look into it:");
for (const add of [addRunsCommand, addRecordsCommand, addWhyCommand, addRetryCommand, addOverdueOrdersCommand])
  add(program);
program.commandsGroup("Decide what waits for a person:");
for (const add of [addDecideStockCommand, addAssignSkuCommand, addExcludeOrderCommand, addDismissCommand]) add(program);
program.commandsGroup("Run it:");
for (const add of [addServeCommand, addWorkerCommand, addApiKeyCommand, addResetKeyCommand]) add(program);

// The reader of a pipe may have seen enough (`| head`); that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done);
  // The terminal was closed: SIGHUP ends the work in order, and nobody reads any more.
  if (error.code !== "EIO") throw error;
});
// Words that nobody can read must not end a process before its database server is released.
process.stderr.on("error", () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = await end(error);
}

async function end(error: unknown): Promise<number> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.done;
    // Commander has said it in words already.
    if (json) process.stdout.write(`${JSON.stringify({ error: { code: "invalid-input", message: error.message } })}\n`);
    return exitCodes.input;
  }
  const fault = faultOf(error);
  sayFault(fault, json);
  if (fault.kind === "bug" && error instanceof Error) say(error.stack ?? "");
  return exitCodeOf(fault.kind);
}
