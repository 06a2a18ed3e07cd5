// Taking pictures instead of testing: `npm run shots`.
import { defineConfig } from "@playwright/test";
import stories from "./playwright.config";

export default defineConfig({
  ...stories,
  testMatch: "screenshots.ts",
  workers: 1,
  timeout: 120_000,
  use: { ...stories.use, trace: "off" },
});
