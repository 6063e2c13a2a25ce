// What every client is made to ask, whatever its language.
import { readFileSync } from "node:fs";
import { z } from "zod";

const file = new URL("../../harness/clients/task.json", import.meta.url);
export const task = JSON.parse(readFileSync(file, "utf8"));
export const City = z.object({ name: z.string(), people: z.number().int(), districts: z.array(z.string()) });
export const Weather = z.object({ city: z.string(), days: z.number().int() });
export const picture = `data:image/png;base64,${task.pixel}`;
