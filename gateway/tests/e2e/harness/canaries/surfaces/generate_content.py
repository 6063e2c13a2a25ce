"""Gemini's contents."""

from ...scripted import tasks
from ..place import BOTH, SCHEMA, Request, described, nested, note, places, post, schemas

PATH = "/v1beta/models/g%2Fm"


def generate(*own, **more) -> dict:
    return {"contents": more.pop("contents", [{"role": "user", "parts": list(own) or [{"text": "Hello"}]}]), **more}


def generated(*turns) -> dict:
    return generate(contents=[{"role": "user", "parts": [{"text": "Hello"}]}, *turns])


def gemini_call(args=None, response=None) -> dict:
    call = {"role": "model", "parts": [{"functionCall": {"name": "pay", "args": args or {}}}]}
    return generated(call, {"role": "user", "parts": [{"functionResponse": {"name": "pay", "response": response or {"done": True}}}]})


def declared(**more) -> dict:
    return generate(tools=[{"functionDeclarations": [{"name": "pay", "description": "Pays.", "parameters": SCHEMA, **more}]}])


GEMINI = {
    "system instruction": lambda v: generate(systemInstruction={"parts": [{"text": note(v)}]}),
    "system in snake case": lambda v: generate(system_instruction={"parts": [{"text": note(v)}]}),
    "part": lambda v: generate({"text": note(v)}),
    "part alone": lambda v: generate({"text": v}),
    "second part": lambda v: generate({"text": "Hello"}, {"text": note(v)}),
    "model part": lambda v: generated({"role": "model", "parts": [{"text": note(v)}]}, {"role": "user", "parts": [{"text": "Hello"}]}),
    "thought": lambda v: generated({"role": "model", "parts": [{"text": note(v), "thought": True}, {"text": "Yes"}]}, {"role": "user", "parts": [{"text": "Hello"}]}),
    "function call args*": lambda v: gemini_call({"given": v}),
    "function call nested args": lambda v: gemini_call({"given": nested(v), "list": [[{"deep": str(v)}]]}),
    "function call args name": lambda v: gemini_call({str(v): True}),
    "function response*": lambda v: gemini_call(response={"result": v}),
    "function response nested": lambda v: gemini_call(response={"result": {"deep": [nested(v)]}}),
    "executable code": lambda v: generated(
        {
            "role": "model",
            "parts": [{"executableCode": {"language": "PYTHON", "code": f"print('{v}')"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": note(v)}}],
        }
    ),
    "inline data name": lambda v: generate({"inlineData": {"mimeType": "image/png", "data": tasks.PNG, "displayName": f"{v}.png"}}),
    "file address": lambda v: generate({"fileData": {"mimeType": "video/mp4", "fileUri": f"https://video.example/?of={v}"}}),
    "function description": lambda v: declared(description=note(v)),
    "function response schema": lambda v: declared(response=described(v)),
    "response schema": lambda v: generate(generationConfig={"responseMimeType": "application/json", "responseSchema": described(v)}),
    "response json schema": lambda v: generate(generationConfig={"responseMimeType": "application/json", "responseJsonSchema": described(v)}),
    "stop sequence": lambda v: generate(generationConfig={"stopSequences": ["END", v]}),
    "label": lambda v: generate(labels={"given": v}),
    "label name": lambda v: generate(labels={str(v): "given"}),
    "speech voice": lambda v: generate(generationConfig={"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": v}}}}),
    "unknown member*": lambda v: generate(sessionNote={"deep": [v]}),
    **schemas(lambda schema: declared(parameters=schema)),
}



def gemini(body: dict, stream: bool) -> Request:
    return post(f"{PATH}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent"), body)


PLACES = places("generate_content", gemini, GEMINI, BOTH)
