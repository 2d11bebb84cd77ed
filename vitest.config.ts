import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "sandbox/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
    globalSetup: ["test/test-database.ts"],
    pool: "forks",
    // No module keeps what one file could leave to another, so that files share what is loaded.
    isolate: false,
    maxWorkers: 4,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
