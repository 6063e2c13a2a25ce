"""Two applications, one on each SDK. Both ask the same things and tell what came back in the same words."""

from dataclasses import dataclass, field

from .cassettes import STOPS, Answer, arguments

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass
class Ask:
    """What an application wants."""

    model: str
    text: str = "Hello"
    system: str | None = None
    image: str | None = None  # base64 PNG
    tools: list = field(default_factory=list)  # (name, schema)
    called: list = field(default_factory=list)  # (id, name, arguments) that the assistant called before
    results: list = field(default_factory=list)  # (id, text), the answers to those
    schema: dict | None = None
    stream: bool = False
    options: dict = field(default_factory=dict)


class OpenAiApp:
    """An application on the `openai` package."""

    def __init__(self, client):
        self.client = client

    def body(self, ask: Ask) -> dict:
        content = ask.text
        if ask.image:
            url = {"url": f"data:image/png;base64,{ask.image}"}
            content = [{"type": "text", "text": ask.text}, {"type": "image_url", "image_url": url}]
        messages = [{"role": "system", "content": ask.system}] if ask.system else []
        messages.append({"role": "user", "content": content})
        if ask.called:
            calls = [
                {"id": identity, "type": "function", "function": {"name": name, "arguments": given}}
                for identity, name, given in ask.called
            ]
            messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        messages += [{"role": "tool", "tool_call_id": identity, "content": text} for identity, text in ask.results]
        body = {"model": ask.model, "messages": messages, **ask.options}
        if ask.tools:
            body["tools"] = [
                {"type": "function", "function": {"name": name, "parameters": schema}} for name, schema in ask.tools
            ]
        if ask.schema:
            schema = {"name": "answer", "schema": ask.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    def ask(self, ask: Ask) -> Answer:
        if ask.stream:
            return self._streamed(ask)
        got, answer = self.client.chat.completions.create(**self.body(ask)), Answer()
        for choice in got.choices:
            said = answer.choice(choice.index)
            said.text = (choice.message.content or "") + (choice.message.refusal or "")
            said.stop = choice.finish_reason
            calls = choice.message.tool_calls or []
            said.tools = [(call.id, call.function.name, arguments(call.function.arguments)) for call in calls]
        self._usage(answer, got.usage)
        return answer

    def _streamed(self, ask: Ask) -> Answer:
        answer, tools = Answer(), {}
        usage = {"include_usage": True}
        for chunk in self.client.chat.completions.create(**self.body(ask), stream=True, stream_options=usage):
            for choice in chunk.choices or []:
                said = answer.choice(choice.index)
                said.text += (choice.delta.content or "") + (choice.delta.refusal or "")
                said.stop = choice.finish_reason or said.stop
                for call in choice.delta.tool_calls or []:
                    tool = tools.setdefault((choice.index, call.index), ["", "", ""])
                    tool[0] = call.id or tool[0]
                    tool[1] = call.function.name or tool[1]
                    tool[2] += call.function.arguments or ""
            self._usage(answer, chunk.usage)
        for (index, _), (identity, name, given) in sorted(tools.items()):
            answer.choice(index).tools.append((identity, name, arguments(given)))
        return answer

    @staticmethod
    def _usage(answer: Answer, usage) -> None:
        if usage:
            answer.input, answer.output = usage.prompt_tokens, usage.completion_tokens
            details = usage.prompt_tokens_details
            answer.cached = (details.cached_tokens or 0) if details else 0


class AnthropicApp:
    """An application on the `anthropic` package."""

    def __init__(self, client):
        self.client = client

    def body(self, ask: Ask) -> dict:
        content = ask.text
        if ask.image:
            source = {"type": "base64", "media_type": "image/png", "data": ask.image}
            content = [{"type": "text", "text": ask.text}, {"type": "image", "source": source}]
        messages = [{"role": "user", "content": content}]
        if ask.called:
            calls = [
                {"type": "tool_use", "id": identity, "name": name, "input": arguments(given)}
                for identity, name, given in ask.called
            ]
            messages.append({"role": "assistant", "content": calls})
        if ask.results:
            results = [{"type": "tool_result", "tool_use_id": one, "content": text} for one, text in ask.results]
            messages.append({"role": "user", "content": results})
        body = {"model": ask.model, "max_tokens": 512, "messages": messages, **ask.options}
        if ask.system:
            body["system"] = ask.system
        if ask.tools:
            body["tools"] = [{"name": name, "input_schema": schema} for name, schema in ask.tools]
        if ask.schema:
            body["output_config"] = {"format": {"type": "json_schema", "schema": ask.schema}}
        return body

    def ask(self, ask: Ask) -> Answer:
        if ask.stream:
            with self.client.messages.stream(**self.body(ask)) as stream:
                got = stream.get_final_message()
        else:
            got = self.client.messages.create(**self.body(ask))
        answer = Answer()
        said = answer.choice()
        said.stop = got.stop_reason
        for block in got.content:
            match block.type:
                case "text":
                    said.text += block.text
                case "thinking":
                    said.thinking += block.thinking
                case "tool_use":
                    said.tools.append((block.id, block.name, block.input))
        usage = got.usage
        answer.cached = usage.cache_read_input_tokens or 0
        answer.input = usage.input_tokens + answer.cached + (usage.cache_creation_input_tokens or 0)
        answer.output = usage.output_tokens
        return answer


def stop(said) -> str | None:
    """A choice's stop reason in the words that both dialects share."""
    return STOPS.get(said.stop, said.stop)
