// A module's clients in a process of their own: node worker.mjs MODULE URL KEY
//
// Reads {"made", "feature", "model"} a line, writes what the client was told a line.
import { createInterface } from "node:readline";

const [module, url, key] = process.argv.slice(2);
// Whatever a package prints goes to the errors: standard output is for answers.
console.log = console.info = console.warn = console.error;

const found = await import(`./clients/${module}.mjs`);
const clients = {};
for await (const line of createInterface({ input: process.stdin })) {
  const { made, feature, model } = JSON.parse(line);
  let told;
  try {
    clients[made] ??= new found[made](url, key);
    told = { told: await clients[made][feature](model) };
  } catch (error) {
    told = { failed: `${error.stack ?? error}\n${error.responseBody ?? ""}`.slice(0, 3000) };
  }
  process.stdout.write(JSON.stringify(told) + "\n");
}
