// Puts a .br and a .gz beside each built file of a kilobyte or more; the front door sends whichever the browser takes.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
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
