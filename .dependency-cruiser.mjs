/**
 * The import table of ARCHITECTURE.md as rules. Each room names the only other rooms it may import; whatever is not
 * named is forbidden, so a new room starts closed.
 */
const rooms = {
  core: [],
  outbound: ["core"],
  flows: ["core", "connectors-door"],
  store: ["core"],
  engine: ["core", "store"],
  jobs: ["core", "store", "engine"],
  operations: ["core", "store", "engine", "jobs"],
  api: ["core", "store", "engine", "jobs", "operations"],
};

const roomRules = Object.entries(rooms).map(([room, allowed]) => {
  const open = allowed.filter((name) => name !== "connectors-door");
  const doors = allowed.includes("connectors-door") ? ["^src/connectors/[^/]+/index\\.ts$"] : [];
  return {
    name: `room-${room}`,
    comment: `src/${room} may import only: ${[room, ...allowed].join(", ")}`,
    severity: "error",
    from: { path: `^src/${room}/` },
    to: { path: "^(src|sandbox|test|bench|scripts)/", pathNot: [`^src/(${[room, ...open].join("|")})/`, ...doors] },
  };
});

export default {
  forbidden: [
    ...roomRules,
    {
      name: "room-connectors",
      comment: "A connector may import core, outbound and itself; never another connector.",
      severity: "error",
      from: { path: "^src/connectors/([^/]+)/" },
      to: { path: "^(src|sandbox|test|bench|scripts)/", pathNot: ["^src/(core|outbound)/", "^src/connectors/$1/"] },
    },
    {
      name: "room-connectors-list",
      comment: "The list of connectors imports each connector's door and core.",
      severity: "error",
      from: { path: "^src/connectors/index\\.ts$" },
      to: { path: "^src/", pathNot: ["^src/core/", "^src/connectors/[^/]+/index\\.ts$"] },
    },
    {
      name: "room-cli",
      comment:
        "The command line may import main, operations, core, the API contract and itself; it starts the sandbox as a child.",
      severity: "error",
      from: { path: "^src/cli/" },
      to: {
        path: "^(src|sandbox|test|bench|scripts)/",
        pathNot: ["^src/(cli|core|operations)/", "^src/main\\.ts$", "^src/api/contract\\.ts$"],
      },
    },
    {
      name: "room-sandbox",
      comment: "The stand-in vendors import nothing of src, so that one misreading is not made twice by the same line.",
      severity: "error",
      from: { path: "^sandbox/" },
      to: { path: "^(src|test|bench)/" },
    },
    {
      name: "core-is-pure",
      comment: "core does no input or output: of Node it may use crypto (hashing) only.",
      severity: "error",
      from: { path: "^src/core/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
    },
    {
      name: "flows-are-pure",
      comment: "A flow is data and pure functions: no Node modules, no packages but zod for its options.",
      severity: "error",
      from: { path: "^src/flows/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core", "npm"], pathNot: "node_modules/zod/" },
    },
    {
      name: "sql-only-in-store",
      comment: "Only the store speaks SQL (jobs hands the store's pool to the job engine).",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(store|jobs)/|\\.test\\.ts$" },
      to: { path: "node_modules/(pg|kysely|pg-boss)/" },
    },
    {
      name: "http-only-in-outbound",
      comment: "Only outbound talks to other people's systems.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/outbound/|\\.test\\.ts$" },
      to: { path: "node_modules/undici/" },
    },
    {
      name: "no-cycles",
      comment: "No import cycles, types included.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-tests-in-code",
      comment: "Code never imports a test.",
      severity: "error",
      from: { pathNot: "\\.test\\.ts$" },
      to: { path: "\\.test\\.ts$" },
    },
    {
      name: "declared-dependencies",
      comment: "Every package that is imported is declared.",
      severity: "error",
      from: { path: "^(src|sandbox|scripts|test|bench)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown", "undetermined"], couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(bench/results|docs)/" },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
