// The `@anthropic-ai/sdk` package.
import Anthropic, { NotFoundError } from "@anthropic-ai/sdk";

import { task } from "./task.mjs";

const ASK = [{ role: "user", content: task.question }];
const said = (got, type = "text") =>
  got.content.filter((block) => block.type === type).map((block) => block[type]).join("");

export class Messages {
  constructor(url, key) {
    this.sdk = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, timeout: 30_000 });
  }

  body(model, messages = ASK, options = {}) {
    return { model, max_tokens: 4096, system: task.system, messages, ...options };
  }

  told(got) {
    const cached = got.usage.cache_read_input_tokens ?? 0;
    const counts = { input: got.usage.input_tokens + cached, output: got.usage.output_tokens, cached };
    return { text: said(got), stop: got.stop_reason, ...counts };
  }

  async text(model) {
    return this.told(await this.sdk.messages.create(this.body(model)));
  }

  async stream(model) {
    const stream = this.sdk.messages.stream(this.body(model));
    let pieces = 0;
    stream.on("text", () => (pieces += 1));
    return { ...this.told(await stream.finalMessage()), pieces };
  }

  offered = [{ name: task.tool, description: task.about, input_schema: task.parameters }];

  tools(model) {
    return this.loop((messages) => this.sdk.messages.create(this.body(model, messages, { tools: this.offered })));
  }

  tools_stream(model) {
    return this.loop((messages) =>
      this.sdk.messages.stream(this.body(model, messages, { tools: this.offered })).finalMessage(),
    );
  }

  async loop(ask) {
    const got = await ask(ASK);
    const called = got.content.filter((block) => block.type === "tool_use");
    const content = called.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: task.result }));
    const more = [{ role: "assistant", content: got.content }, { role: "user", content }];
    return { calls: called.map((call) => [call.name, call.input]), text: said(await ask([...ASK, ...more])) };
  }

  async image(model) {
    const source = { type: "base64", media_type: "image/png", data: task.pixel };
    const content = [{ type: "text", text: task.question }, { type: "image", source }];
    return { text: said(await this.sdk.messages.create(this.body(model, [{ role: "user", content }]))) };
  }

  async thinking_stream(model) {
    const thinking = { type: "enabled", budget_tokens: 1024 };
    const got = await this.sdk.messages.stream(this.body(model, ASK, { thinking })).finalMessage();
    return { text: said(got), thinking: said(got, "thinking") };
  }

  async error() {
    try {
      await this.sdk.messages.create(this.body(task.unknown));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      return { status: error.status, code: error.error.error.code, text: error.message };
    }
    return {};
  }

  async count(model) {
    return { input: (await this.sdk.messages.countTokens({ model, messages: ASK })).input_tokens };
  }
}
