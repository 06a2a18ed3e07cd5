// Measuring instead of testing: one worker, and time enough. `npm run measure`.
import { defineConfig } from "@playwright/test";
import stories from "./playwright.config";

export default defineConfig({
  ...stories,
  testMatch: "measure-*.ts",
  workers: 1,
  timeout: 300_000,
  use: { ...stories.use, trace: "off" },
});
