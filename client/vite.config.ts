// How the client is built, served while it is worked on, and tested in memory.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where the board's front door is while developing. */
const board = process.env.FOLKMOOT_BOARD ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    // Another folder for a build beside one that is being served.
    outDir: process.env.FOLKMOOT_CLIENT_DIST ?? "dist",
    emptyOutDir: true,
    // Everything is a file of its own: the page's Content-Security-Policy allows no inline script or style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": board } },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    restoreMocks: true,
    css: false,
  },
});
