"""LangChain's chat models for OpenAI and Anthropic."""

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from .task import PIXEL, QUESTION, RESULT, SYSTEM, TEXTS, UNKNOWN, City

ASK = [SystemMessage(SYSTEM), HumanMessage(QUESTION)]


@tool
def weather(city: str, days: int) -> str:
    """Tells the weather of a city."""
    return RESULT


def used(usage: dict) -> dict:
    cached = (usage.get("input_token_details") or {}).get("cache_read") or 0
    return {"input": usage["input_tokens"], "output": usage["output_tokens"], "cached": cached}


class Chains:
    """What both chat models do alike."""

    def model(self, name: str, **options):
        raise NotImplementedError

    def text(self, model: str) -> dict:
        got = self.model(model).invoke(ASK)
        return {"text": got.text, **used(got.usage_metadata)}

    def stream(self, model: str) -> dict:
        pieces, whole = 0, None
        for chunk in self.model(model).stream(ASK):
            pieces += bool(chunk.text)
            whole = chunk if whole is None else whole + chunk
        return {"text": whole.text, "pieces": pieces, **used(whole.usage_metadata)}

    def tools(self, model: str) -> dict:
        return self._loop(self.model(model).bind_tools([weather]).invoke)

    def tools_stream(self, model: str) -> dict:
        bound = self.model(model).bind_tools([weather])

        def ask(messages):
            whole = None
            for chunk in bound.stream(messages):
                whole = chunk if whole is None else whole + chunk
            return whole

        return self._loop(ask)

    @staticmethod
    def _loop(ask) -> dict:
        messages = list(ASK)
        got = ask(messages)
        messages.append(got)
        messages += [ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]) for call in got.tool_calls]
        return {"calls": [[call["name"], call["args"]] for call in got.tool_calls], "text": ask(messages).text}

    def schema(self, model: str) -> dict:
        parse = self.model(model).with_structured_output(City, method="json_schema")
        return {"value": parse.invoke(ASK).model_dump()}

    def schema_tool(self, model: str) -> dict:
        parse = self.model(model).with_structured_output(City, method="function_calling")
        return {"value": parse.invoke(ASK).model_dump()}

    def image(self, model: str) -> dict:
        url = {"url": f"data:image/png;base64,{PIXEL}"}
        content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": url}]
        return {"text": self.model(model).invoke([HumanMessage(content)]).text}

    def error(self, _model: str) -> dict:
        try:
            self.model(UNKNOWN).invoke(ASK)
        except Exception as error:  # each package's own class
            if type(error).__name__.endswith("NotFoundError"):
                return {"status": 404, "code": None, "text": str(error)}
            raise
        return {}


class OpenAi(Chains):
    """`langchain-openai`."""

    def __init__(self, url: str, key: str):
        self.given = {"base_url": f"{url}/v1", "api_key": key, "max_retries": 0, "timeout": 30}

    def model(self, name: str, **options):
        return ChatOpenAI(model=name, stream_usage=True, **self.given, **options)

    def embed(self, model: str) -> dict:
        given = {"check_embedding_ctx_length": False, **self.given}
        return {"vectors": OpenAIEmbeddings(model=model, **given).embed_documents(TEXTS)}


class Anthropic(Chains):
    """`langchain-anthropic`."""

    def __init__(self, url: str, key: str):
        self.given = {"base_url": url, "api_key": key, "max_retries": 0, "timeout": 30}

    def model(self, name: str, **options):
        return ChatAnthropic(model=name, max_tokens=4096, **self.given, **options)

    def thinking(self, model: str) -> dict:
        got = self.model(model, thinking={"type": "enabled", "budget_tokens": 1024}).invoke(ASK)
        thoughts = [block["thinking"] for block in got.content if isinstance(block, dict) and block["type"] == "thinking"]
        return {"text": got.text, "thinking": "".join(thoughts)}
