// Holds that the bus's AsyncAPI document is one, by the official parser, and that each message's examples are what its
// schema says. The document is made by the bus itself, which knows no such parser.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";
import addFormats from "ajv-formats";

/** In the parser's words: 0 is an error, 1 a warning; above are hints. */
const HINT = 2;
const text = await readFile(new URL("../../event-bus/asyncapi.json", import.meta.url), "utf8");
const { diagnostics } = await new Parser().parse(text);
const problems = diagnostics
  .filter(({ severity }) => severity < HINT)
  .map(({ path, message }) => `${path.join("/")}: ${message}`);

const { components } = JSON.parse(text);
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ components }, "document");
let examples = 0;
for (const [name, message] of Object.entries(components.messages)) {
  const validate = ajv.getSchema(`document#/components/messages/${name}/payload`);
  if (!message.examples?.length) problems.push(`${name}: it has no example`);
  for (const { payload } of message.examples ?? []) {
    examples += 1;
    if (!validate(payload)) problems.push(`${name}: ${ajv.errorsText(validate.errors)}`);
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(
  `asyncapi.json: ${Object.keys(components.messages).length} messages, ${examples} examples, all in order`,
);
