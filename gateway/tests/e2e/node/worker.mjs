// One client in a process of its own: node worker.mjs MODULE CLASS URL KEY
//
// Reads {"feature", "model"} a line, writes what the client was told a line.
import { createInterface } from "node:readline";

const [module, name, url, key] = process.argv.slice(2);
const answer = (line) => process.stdout.write(JSON.stringify(line) + "\n");
console.log = console.info = console.warn = console.error;

const made = new (await import(`./clients/${module}.mjs`))[name](url, key);
answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { feature, model } = JSON.parse(line);
  try {
    answer({ told: await made[feature](model) });
  } catch (error) {
    answer({ failed: `${error.stack ?? error}\n${JSON.stringify(error, null, 1)}`.slice(0, 3000) });
  }
}
