import { parseArgs } from "node:util";
import { type SandboxAddresses, startSandbox } from "./start-sandbox.ts";
import { vendors as list, vendorNames } from "./vendors.ts";

const usage = `Stand-in Zoho Books, Optiply, Salla and Qoyod, for trying things out without live accounts.

  node sandbox/main.ts [--port N] [--json] [--seed N] [--until-stdin-closes]

  --port N               port of the control API (any free one when left out)
  --json                 print the addresses as one line of JSON
  --seed N               decides made-up tokens and every fault with a probability (1)
  --until-stdin-closes   end when standard input closes, so that a child never outlives its parent
`;

await main();

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    process.exitCode = 2;
    return;
  }
  const { stop, inside: _, ...addresses } = await startSandbox(options);
  console.log(options.json ? JSON.stringify(addresses) : readable(addresses));
  const end = () => {
    void stop().then(() => process.exit(0));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, end);
  if (options.untilStdinCloses) process.stdin.once("end", end).once("close", end).resume();
}

function readOptions(): { port: number; seed: number; json: boolean; untilStdinCloses: boolean } | undefined {
  const whole = (name: string, value: string | undefined, fallback: number, most: number) => {
    const number = value === undefined ? fallback : Number(value);
    if (Number.isSafeInteger(number) && number >= 0 && number <= most) return number;
    throw new RangeError(`--${name} cannot be ${value}; a whole number from 0 to ${most} is needed`);
  };
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        "until-stdin-closes": { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const port = whole("port", values.port, 0, 65_535);
    const seed = whole("seed", values.seed, 1, 4_294_967_295);
    return { port, seed, json: values.json, untilStdinCloses: values["until-stdin-closes"] };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return undefined;
  }
}

function readable({ control, vendors, credentials }: SandboxAddresses): string {
  const section = (title: string, fields: object) =>
    [title, ...Object.entries(fields).map(([name, value]) => `  ${name.padEnd(15)} ${String(value)}`)].join("\n");
  return [
    `Control API  ${control}`,
    ...vendorNames.map((name) => section(list[name].title, { ...vendors[name], ...credentials[name] })),
    connectWords({ control, vendors, credentials }),
    "Everything here is made up. Ctrl-C ends it.",
  ].join("\n\n");
}

/** Commands to paste into another terminal, in the folder of the repository: full shops, the accounts and the integrations. */
function connectWords({ control, vendors, credentials }: SandboxAddresses): string {
  const { organizationId, ...zohoSecrets } = credentials["zoho-books"];
  const { accountId: _, couplingId, ...optiplySecrets } = credentials.optiply;
  // Budgets far above what the stand-ins can answer; a real Zoho minute would allow at most 100 calls.
  const unbound = { perMinute: 100_000, minuteMs: 59_999 };
  const zoho = {
    settings: { organizationId, ...vendors["zoho-books"], ...unbound, concurrency: 8 },
    secrets: zohoSecrets,
  };
  const optiply = {
    settings: { couplingId, ...vendors.optiply, ...unbound, concurrency: 16 },
    secrets: optiplySecrets,
  };
  const link = (vendor: string, name: string, document: object) =>
    `echo '${JSON.stringify(document)}' | npx . connect ${vendor} --name ${name} --stdin`;
  const { clientId, clientSecret, refreshToken, webhookSecret } = credentials.salla;
  const salla = {
    settings: { ...vendors.salla, callsPerMinute: 100_000, concurrency: 8 },
    secrets: { clientId, clientSecret, refreshToken, webhookSecret },
  };
  const qoyod = { settings: { ...vendors.qoyod, minuteMs: 1_000 }, secrets: credentials.qoyod };
  const add = "npx . integrations add";
  return [
    "To try Zoho Books ↔ Optiply with them, in another terminal:",
    `curl -fsS -o /dev/null ${control}/import/made-up-shop -d '{"seed":1,"items":300,"orders":300}'`,
    link("zoho-books", "books", zoho),
    link("optiply", "optiply", optiply),
    `${add} zoho-books-optiply --name shop --source books --target optiply --option ordersSince=2020-01-01 --paused`,
    "",
    "To try Salla ↔ Qoyod:",
    link("salla", "salla", salla),
    link("qoyod", "qoyod", qoyod),
    `${add} salla-qoyod --name store --flavour standard --source salla --target qoyod --paused ${companyWords()}`,
    `curl -fsS -o /dev/null ${control}/import/made-up-shop -d '{"vendor":"salla","seed":1,"items":30,"orders":30}'`,
    "",
    `To send orders from Mizan's page inside Salla's dashboard, ${control}/salla/dashboard?lang=en:`,
    `curl -fsS -o /dev/null -X PATCH ${control}/salla/app -d '{"embeddedUrl":"http://127.0.0.1:8470/embedded/salla"}'`,
    `MIZAN_FRAMED_BY=${control} npx . serve`,
  ].join("\n");
}

/** The company that the stand-in Qoyod begins with, as options of an integration. */
function companyWords(): string {
  const options = [
    ...["locationId=31", "salesAccountId=101", "costAccountId=102", "openingBalanceAccountId=104", "unitTypeId=7"],
    ...["categoryId=21", "cashCustomerId=1001", "paymentAccounts=mada=105,cod=106"],
    "rounding=exact/exact/per-rate/contained/gross",
  ];
  return options.map((option) => `--option ${option}`).join(" ");
}
