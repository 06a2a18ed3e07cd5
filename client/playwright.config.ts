// End-to-end tests: a real browser at a real board, one board for each worker.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "e2e",
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  timeout: 30_000,
  reporter: process.env.CI ? "line" : "list",
  use: {
    launchOptions: {
      // The system's browser: nothing is downloaded.
      executablePath: process.env.FOLKMOOT_CHROMIUM ?? "/usr/bin/chromium",
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
    locale: "en",
    trace: "retain-on-failure",
  },
});
