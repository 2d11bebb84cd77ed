import type { Command } from "commander";
import { type Registered, registerWebhooks, type WebhooksView, webhooks } from "../operations/webhooks.ts";
import { clean, moment, print, printJson, say } from "./output.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./whole-number.ts";
import { withMizan } from "./with-mizan.ts";

type Delivery = WebhooksView["deliveries"][number];

/** What became of a delivery, in words. */
const words = {
  announced: "taken up",
  kept: "kept until the integration is resumed",
  unconcerned: "nothing follows from it",
  authorised: "the connection has new credentials",
  revoked: "the connection waits for a person",
  overtaken: "a later one was handled before it",
  failed: "given up; the next pass finds it",
} as const satisfies Record<NonNullable<Delivery["outcome"]>, string>;

export function addWebhooksCommand(program: Command): void {
  program
    .command("webhooks")
    .description("show the address that a vendor posts to, and what it posted lately")
    .argument("<connection>", "name of the connection")
    .option("--rotate", "replace the address; the one before reaches nothing from now on")
    .option("--register", "have the vendor post there, signed; may be repeated, and is after --rotate")
    .option("--most <number>", "how many deliveries to show", wholeNumber("most", 1, 1000), 20)
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan webhooks salla
  mizan webhooks salla --register             Salla posts there from now on
  mizan webhooks salla --rotate --register    with another address

The address holds a secret: who knows it can post there, but not sign. MIZAN_PUBLIC_URL is its first part.`,
    )
    .action(async (name: string, options: Options) => {
      await withMizan(async ({ desk, signal }) => {
        const view = await webhooks(desk, name, { most: options.most, rotate: options.rotate ?? false });
        const registered = options.register ? await registerWebhooks(desk, name, signal) : null;
        if (options.json) return printJson(registered === null ? view : { ...view, registered });
        if (registered !== null) sayRegistered(registered);
        printWebhooks(view);
      });
    });
}

interface Options {
  readonly rotate?: true;
  readonly register?: true;
  readonly most: number;
  readonly json?: true;
}

function sayRegistered({ events, others }: Registered): void {
  say(`The vendor posts ${events.length} events there: ${events.join(", ")}.`);
  for (const other of others)
    say(`It also posts to ${clean(other)}; take that away at the vendor if it is an old one.`);
}

function printWebhooks({ path, url, refused, deliveries }: WebhooksView): void {
  print(url ?? path);
  if (url === null)
    say("Set MIZAN_PUBLIC_URL to the address under which the vendor reaches `mizan serve`; this path comes behind it.");
  if (refused !== null) say(`The last one that was not taken, ${moment(refused.at)}: ${clean(refused.why)}.`);
  if (deliveries.length === 0) {
    say("Nothing came yet.");
    return;
  }
  const columns = [{ head: "CAME" }, { head: "EVENT" }, { head: "ABOUT" }, { head: "AGAIN", right: true }];
  const rows = deliveries.map((one) => [
    moment(one.receivedAt),
    one.event,
    one.hints.map(({ resource, id }) => `${resource} ${id}`).join(", ") || "–",
    String(one.repeats),
    one.outcome === null ? "waits" : words[one.outcome],
  ]);
  print("");
  print(table([...columns, { head: "OUTCOME" }], rows, process.stdout.columns));
}
