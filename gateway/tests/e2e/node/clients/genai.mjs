// The `@google/genai` package.
import { ApiError, GoogleGenAI } from "@google/genai";

import { task } from "./task.mjs";

const texts = (parts) => parts.filter((part) => part.text && !part.thought).map((part) => part.text).join("");

export class Client {
  constructor(url, key) {
    this.sdk = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url, timeout: 30_000 } });
  }

  asked(model, contents = task.question, config = {}) {
    return { model, contents, config: { systemInstruction: task.system, ...config } };
  }

  used(usage) {
    const output = (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
    return { input: usage.promptTokenCount, output, cached: usage.cachedContentTokenCount ?? 0 };
  }

  async text(model) {
    const got = await this.sdk.models.generateContent(this.asked(model));
    return { text: got.text, stop: got.candidates[0].finishReason, ...this.used(got.usageMetadata) };
  }

  async stream(model) {
    const told = { text: "", pieces: 0 };
    for await (const chunk of await this.sdk.models.generateContentStream(this.asked(model))) {
      if (chunk.text) {
        told.text += chunk.text;
        told.pieces += 1;
      }
      if (chunk.usageMetadata) Object.assign(told, this.used(chunk.usageMetadata));
      told.stop = chunk.candidates?.[0]?.finishReason ?? told.stop;
    }
    return told;
  }

  offered = {
    tools: [
      {
        functionDeclarations: [
          { name: task.tool, description: task.about, parametersJsonSchema: task.parameters },
        ],
      },
    ],
  };

  tools(model) {
    return this.loop(async (contents) => {
      const got = await this.sdk.models.generateContent(this.asked(model, contents, this.offered));
      return got.candidates[0].content.parts;
    });
  }

  tools_stream(model) {
    return this.loop(async (contents) => {
      const parts = [];
      for await (const chunk of await this.sdk.models.generateContentStream(this.asked(model, contents, this.offered)))
        parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
      return parts;
    });
  }

  async loop(ask) {
    const first = { role: "user", parts: [{ text: task.question }] };
    const parts = await ask([first]);
    const called = parts.filter((part) => part.functionCall).map((part) => part.functionCall);
    const results = called.map(({ id, name }) => ({
      functionResponse: { id, name, response: { result: task.result } },
    }));
    const contents = [first, { role: "model", parts }, { role: "user", parts: results }];
    return { calls: called.map((call) => [call.name, call.args]), text: texts(await ask(contents)) };
  }

  async schema(model) {
    const config = { responseMimeType: "application/json", responseJsonSchema: task.schema };
    const got = await this.sdk.models.generateContent(this.asked(model, task.question, config));
    return { value: JSON.parse(got.text) };
  }

  async image(model) {
    const parts = [{ text: task.question }, { inlineData: { mimeType: "image/png", data: task.pixel } }];
    return { text: (await this.sdk.models.generateContent(this.asked(model, [{ role: "user", parts }]))).text };
  }

  async error() {
    try {
      await this.sdk.models.generateContent(this.asked(task.unknown));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, code: null, text: error.message };
    }
    return {};
  }

  async embed(model) {
    const got = await this.sdk.models.embedContent({ model, contents: task.texts });
    return { vectors: got.embeddings.map((one) => one.values) };
  }

  async count(model) {
    return { input: (await this.sdk.models.countTokens({ model, contents: task.question })).totalTokens };
  }
}
