// Makes `src/api/schema/*.d.ts` from the services' OpenAPI documents. The files are not committed: they are made anew,
// in about a second, before whatever needs them, so they cannot be out of date.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const services = ["posts", "comments", "query", "moderation", "event-bus"];
const here = new URL("../src/api/schema/", import.meta.url);

await mkdir(here, { recursive: true });
for (const service of services) {
  const document = new URL(`../../${service}/openapi.json`, import.meta.url);
  const text = `// Made by scripts/generate.mjs from ${service}/openapi.json.\n${astToString(await openapi(document))}`;
  const target = new URL(`${service}.d.ts`, here);
  const before = await readFile(target, "utf8").catch(() => "");
  if (before !== text) await writeFile(target, text);
}
