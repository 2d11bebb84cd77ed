import { type Command, Option } from "commander";
import { InvalidInput } from "../core/errors.ts";
import { type Outcome, outcomes } from "../core/outcome.ts";
import { flowResult } from "../operations/flow-result.ts";
import { retry } from "../operations/retry.ts";
import { exitCodeOfFlows } from "./exit-codes.ts";
import { lookedAt, sayFlows } from "./flow-words.ts";
import { printJson, say } from "./output.ts";
import { withMizan } from "./with-mizan.ts";

export function addRetryCommand(program: Command): void {
  program
    .command("retry")
    .description("read and judge records anew, now")
    .argument("[record]", "one record, as `mizan why` takes it")
    .option("--integration <name>", "the waiting and rejected records of an integration")
    .option("--flow <flow>", "of one flow")
    .addOption(new Option("--outcome <outcome>", "with this outcome only").choices(outcomes))
    .option("--reason <code>", "with this reason only, such as field-missing")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan retry SO-00341
  mizan retry --integration shop --outcome rejected
  mizan retry --integration shop --reason field-missing`,
    )
    .action(async (record: string | undefined, options: RetryOptions) => {
      const { json, ...filter } = options;
      if (record === undefined && filter.integration === undefined)
        throw new InvalidInput("record", "name a record, or give --integration");
      if (record !== undefined && Object.keys(filter).length > 0)
        throw new InvalidInput("record", "give a record or --integration with its filters, not both");
      await withMizan(async ({ desk, signal }) => {
        const { marked, flows: reports } = await retry(desk, { record, ...filter, signal });
        const flows = reports.map(flowResult);
        if (json) printJson({ marked, flows });
        say(lookedAt(marked, flows));
        sayFlows(flows);
        return exitCodeOfFlows(flows, false);
      });
    });
}

interface RetryOptions {
  readonly integration?: string;
  readonly flow?: string;
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly json?: true;
}
