// Puts a .br and a .gz beside each built file of a kilobyte or more; the front door sends whichever the browser takes.
// Then it marks the build as whole: one that was cut short before has no mark and is made anew.
import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = process.env.FOLKMOOT_CLIENT_DIST ?? "dist";
const SMALLEST = 1024;

for (const name of await readdir(dist, { recursive: true })) {
  const path = join(dist, name);
  if (/\.(br|gz)$/.test(name) || !(await stat(path)).isFile()) continue;
  const bytes = await readFile(path);
  if (bytes.length < SMALLEST) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params }));
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

// As old as the page: what was changed since then is not in this build.
const mark = join(dist, ".built");
const { mtime } = await stat(join(dist, "index.html"));
await writeFile(mark, "");
await utimes(mark, mtime, mtime);
