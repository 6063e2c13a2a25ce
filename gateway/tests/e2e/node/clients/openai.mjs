// The `openai` package: chat completions and responses.
import OpenAI, { NotFoundError } from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";

import { City, picture, task } from "./task.mjs";

const made = (url, key) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, timeout: 30_000 });
const ASK = [
  { role: "system", content: task.system },
  { role: "user", content: task.question },
];

async function refused(call) {
  try {
    await call();
  } catch (error) {
    if (error instanceof NotFoundError) return { status: error.status, code: error.code, text: error.message };
    throw error;
  }
  return {};
}

export class Chat {
  constructor(url, key) {
    this.sdk = made(url, key);
  }

  create(model, messages = ASK, options = {}) {
    return this.sdk.chat.completions.create({ model, messages, ...options });
  }

  used(usage) {
    const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
    return { input: usage.prompt_tokens, output: usage.completion_tokens, cached };
  }

  async text(model) {
    const got = await this.create(model);
    return { text: got.choices[0].message.content, stop: got.choices[0].finish_reason, ...this.used(got.usage) };
  }

  async stream(model) {
    const stream = this.sdk.chat.completions.stream({ model, messages: ASK, stream_options: { include_usage: true } });
    let pieces = 0;
    stream.on("content", () => (pieces += 1));
    const got = await stream.finalChatCompletion();
    return { text: got.choices[0].message.content, stop: got.choices[0].finish_reason, pieces, ...this.used(got.usage) };
  }

  tools(model) {
    return this.loop(async (messages) => (await this.create(model, messages, { tools: this.offered })).choices[0].message);
  }

  tools_stream(model) {
    return this.loop((messages) =>
      this.sdk.chat.completions.stream({ model, messages, tools: this.offered }).finalMessage(),
    );
  }

  offered = [
    { type: "function", function: { name: task.tool, description: task.about, parameters: task.parameters } },
  ];

  async loop(ask) {
    const message = await ask(ASK);
    const results = message.tool_calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: task.result }));
    const calls = message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
    const kept = { role: "assistant", content: message.content, tool_calls: message.tool_calls };
    return { calls, text: (await ask([...ASK, kept, ...results])).content };
  }

  async schema(model) {
    const response_format = zodResponseFormat(City, "city");
    const got = await this.sdk.chat.completions.parse({ model, messages: ASK, response_format });
    return { value: got.choices[0].message.parsed };
  }

  async image(model) {
    const content = [
      { type: "text", text: task.question },
      { type: "image_url", image_url: { url: picture } },
    ];
    return { text: (await this.create(model, [{ role: "user", content }])).choices[0].message.content };
  }

  error() {
    return refused(() => this.create(task.unknown));
  }

  async embed(model) {
    const got = await this.sdk.embeddings.create({ model, input: task.texts });
    return { vectors: got.data.map((one) => one.embedding) };
  }

  async models() {
    const models = [];
    for await (const model of this.sdk.models.list()) models.push(model.id);
    return { models };
  }
}

export class Responses {
  constructor(url, key) {
    this.sdk = made(url, key);
  }

  create(model, input = task.question, options = {}) {
    return this.sdk.responses.create({ model, input, instructions: task.system, store: false, ...options });
  }

  told(got) {
    const usage = got.usage;
    const counts = { input: usage.input_tokens, output: usage.output_tokens };
    return { text: got.output_text, stop: got.status, ...counts, cached: usage.input_tokens_details.cached_tokens };
  }

  async text(model) {
    return this.told(await this.create(model));
  }

  async stream(model) {
    const stream = this.sdk.responses.stream({ model, input: task.question, instructions: task.system, store: false });
    let pieces = 0;
    stream.on("response.output_text.delta", () => (pieces += 1));
    return { ...this.told(await stream.finalResponse()), pieces };
  }

  offered = [
    { type: "function", name: task.tool, description: task.about, parameters: task.parameters, strict: false },
  ];

  tools(model) {
    return this.loop((input) => this.create(model, input, { tools: this.offered }));
  }

  tools_stream(model) {
    return this.loop((input) =>
      this.sdk.responses.stream({ model, input, tools: this.offered, store: false }).finalResponse(),
    );
  }

  async loop(ask) {
    const input = [{ role: "user", content: task.question }];
    const got = await ask(input);
    const called = got.output.filter((item) => item.type === "function_call");
    const items = got.output.map(({ parsed_arguments, ...item }) => item);
    const results = called.map(({ call_id }) => ({ type: "function_call_output", call_id, output: task.result }));
    const calls = called.map((call) => [call.name, JSON.parse(call.arguments)]);
    return { calls, text: (await ask([...input, ...items, ...results])).output_text };
  }

  async schema(model) {
    const text = { format: zodTextFormat(City, "city") };
    return { value: (await this.sdk.responses.parse({ model, input: task.question, text, store: false })).output_parsed };
  }

  async image(model) {
    const content = [
      { type: "input_text", text: task.question },
      { type: "input_image", image_url: picture, detail: "auto" },
    ];
    return { text: (await this.create(model, [{ role: "user", content }])).output_text };
  }

  error() {
    return refused(() => this.create(task.unknown));
  }
}
