// Adds up what a first visit to the list loads, scripts and styles as brotli sends them, and fails above the budget.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const BUDGET_KB = 120;
const dist = process.env.FOLKMOOT_CLIENT_DIST ?? "dist";
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));

/** The files that a chunk brings with it: itself, its styles, and what it imports at once. */
function files(key, seen = new Set()) {
  const chunk = manifest[key];
  if (seen.has(key) || !chunk) return [];
  seen.add(key);
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((next) => files(next, seen))];
}

const sizeOf = (file) => brotliCompressSync(readFileSync(join(dist, file))).length;
const row = (name, bytes) => console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB  ${name}`);

const first = new Set(["theme.js", ...files("index.html")]);
let sum = 0;
for (const file of first) {
  sum += sizeOf(file);
  row(file, sizeOf(file));
}
row(`first load (budget ${BUDGET_KB} KB)`, sum);

for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue;
  const more = [...new Set(files(key))].filter((file) => !first.has(file));
  row(
    `more for ${chunk.name ?? key}`,
    more.reduce((total, file) => total + sizeOf(file), 0),
  );
}
if (sum > BUDGET_KB * 1024) {
  console.error("The first load is above its budget.");
  process.exit(1);
}
