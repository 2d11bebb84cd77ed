/**
 * All tests: `npm test`. Runs the suite on the embedded database, and once more on a PostgreSQL server where
 * MIZAN_TEST_DATABASE_URL names one (`.ci/run` starts one). Ends with the names of the tests that failed and one line
 * `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
/**
 * Rooms whose tests ask something of the database; only these are repeated on a server. The rules of the flows, what kills
 * and floods for minutes, and what starts the embedded server are not: the SQL is the same.
 */
const onDatabase = [
  ...["src/store", "src/engine", "src/jobs", "src/operations", "src/api", "test/engine"],
  ...["--exclude", "test/engine/export-{chaos,shaken}.test.ts", "--exclude", "src/store/embedded/**"],
];

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** a line for each test that failed: where, its name, and the first line of why */
  readonly failures: readonly string[];
}

/** What is used of vitest's JSON report. */
interface Report {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numFailedTestSuites?: number;
  readonly testResults?: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Runs vitest once and reads its totals. A run that ends without a report counts as one failure. */
async function suite(name: string, filters: readonly string[], environment: NodeJS.ProcessEnv): Promise<Totals> {
  const folder = await mkdtemp(join(tmpdir(), "mizan-report-"));
  const report = join(folder, "report.json");
  console.log(`\n=== ${name}`);
  const code = await new Promise<number>((resolve) => {
    const child = spawn(
      join(bin, "vitest"),
      ["run", ...filters, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
      { cwd: root, env: { ...environment, PATH: `${bin}${delimiter}${environment.PATH ?? ""}` }, stdio: "inherit" },
    );
    child.on("error", () => resolve(1));
    child.on("exit", (exitCode) => resolve(exitCode ?? 1));
  });
  const text = await readFile(report, "utf8").catch(() => null);
  await rm(folder, { recursive: true, force: true });
  if (text === null) return { passed: 0, failed: 1, skipped: 0, failures: [`${name}: vitest left no report`] };
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(
    text,
  ) as Report;
  const failed = numFailedTests ?? 0;
  // A file that cannot even be loaded has no failed test; it must not pass for that.
  const unseen =
    failed === 0 && (code !== 0 || (numFailedTestSuites ?? 0) > 0) ? Math.max(1, numFailedTestSuites ?? 0) : 0;
  const failures = (testResults ?? []).flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => {
        const [why = ""] = (failureMessages?.[0] ?? "").split("\n");
        return `${name}: ${relative(root, file.name)}: ${fullName}: ${why}`;
      }),
  );
  return { passed: numPassedTests ?? 0, failed: failed + unseen, skipped: numPendingTests ?? 0, failures };
}

const { MIZAN_TEST_DATABASE_URL: server, ...environment } = process.env;
const filters = process.argv.slice(2);
const totals = [await suite("on the embedded database", filters, environment)];
if (server === undefined)
  console.log("\nMIZAN_TEST_DATABASE_URL is not set: the tests were not repeated on a PostgreSQL server.");
else
  totals.push(
    await suite("on the PostgreSQL server", filters.length > 0 ? filters : onDatabase, {
      ...environment,
      MIZAN_TEST_DATABASE_URL: server,
    }),
  );
const sum = (of: "passed" | "failed" | "skipped") => totals.reduce((all, one) => all + one[of], 0);
const failures = totals.flatMap((one) => one.failures);
if (failures.length > 0) console.log(`\nWhat failed:\n${failures.map((line) => `- ${line}`).join("\n")}`);
if (sum("skipped") > 0) console.log(`\n${sum("skipped")} tests were skipped; the lines above say why.`);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
