// Vercel's `ai` package with its providers for OpenAI and Anthropic.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, Output, generateText, stepCountIs, streamText, tool } from "ai";

import { City, Weather, picture, task } from "./task.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

class Vercel {
  asked(model, options = {}) {
    return { model: this.model(model), system: task.system, prompt: task.question, maxRetries: 0, ...options };
  }

  used(usage) {
    const cached = usage.inputTokenDetails?.cacheReadTokens ?? usage.cachedInputTokens ?? 0;
    return { input: usage.inputTokens, output: usage.outputTokens, cached };
  }

  // The stream's own error, and not that no output came of it.
  streamed(options) {
    let failed;
    const got = streamText({ ...options, onError: ({ error }) => (failed = error) });
    const whole = async (read) => {
      let told;
      try {
        told = await read(got);
      } catch (error) {
        failed ??= error;
      }
      if (failed) throw failed;
      return told;
    };
    return whole;
  }

  async text(model) {
    const got = await generateText(this.asked(model));
    return { text: got.text, stop: got.finishReason, ...this.used(got.usage) };
  }

  stream(model) {
    return this.streamed(this.asked(model))(async (got) => {
      const pieces = [];
      for await (const piece of got.textStream) pieces.push(piece);
      const counts = this.used(await got.usage);
      return { text: pieces.join(""), pieces: pieces.length, stop: await got.finishReason, ...counts };
    });
  }

  offered() {
    const weather = tool({ description: task.about, inputSchema: Weather, execute: async () => task.result });
    return { tools: { [task.tool]: weather }, stopWhen: stepCountIs(3) };
  }

  calls(steps) {
    return steps.flatMap((step) => step.toolCalls.map((call) => [call.toolName, call.input]));
  }

  async tools(model) {
    const got = await generateText(this.asked(model, this.offered()));
    return { calls: this.calls(got.steps), text: got.text };
  }

  tools_stream(model) {
    return this.streamed(this.asked(model, this.offered()))(async (got) => {
      const steps = await got.steps;
      return { calls: this.calls(steps), text: steps.at(-1).text };
    });
  }

  async schema(model) {
    const got = await generateText(this.asked(model, { output: Output.object({ schema: City }) }));
    return { value: got.output };
  }

  schema_stream(model) {
    return this.streamed(this.asked(model, { output: Output.object({ schema: City }) }))(async (got) => {
      let value;
      for await (const partial of got.partialOutputStream) value = partial;
      return { value };
    });
  }

  async image(model) {
    const content = [
      { type: "text", text: task.question },
      { type: "image", image: picture },
    ];
    const { prompt, ...asked } = this.asked(model);
    return { text: (await generateText({ ...asked, messages: [{ role: "user", content }] })).text };
  }

  async error() {
    try {
      await generateText(this.asked(task.unknown));
    } catch (error) {
      if (!APICallError.isInstance(error)) throw error;
      return { status: error.statusCode, code: null, text: `${error.message} ${error.responseBody}` };
    }
    return {};
  }
}

export class OpenAiChat extends Vercel {
  constructor(url, key) {
    super();
    const provider = createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
    this.model = (name) => provider.chat(name);
  }
}

export class OpenAiResponses extends Vercel {
  constructor(url, key) {
    super();
    const provider = createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
    this.model = (name) => provider.responses(name);
  }
}

export class Anthropic extends Vercel {
  constructor(url, key) {
    super();
    const provider = createAnthropic({ baseURL: `${url}/v1`, apiKey: key });
    this.model = (name) => provider(name);
  }
}
