#!/usr/bin/env python3
"""Makes models.json: what models cost and can do, from a LiteLLM price file.

    ./make_models.py PRICES.json AS_OF > models.json

PRICES.json is LiteLLM's model_prices_and_context_window.json, or {"models": the same, "_source": {...}}. AS_OF is the
date of the file, YYYY-MM-DD. Prices are US dollars for one there and whole nano-USD for a million here: decimals all
the way, and what is not whole is rounded up.

Where the source leaves a choice the dearer reading is taken, so that no call costs more than was held for it:
- a model that makes pictures or sound by the token is priced at its dearest token, for a usage does not tell them apart;
- save for vectors, where pictures are rare: they are priced as text, and a picture's tokens as text's;
- of several search prices by the size of what is searched, the largest;
- a price of nothing is taken for "not stated", save for moderation and where the provider says that it is free.
"""

import json
import re
import sys
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

# LiteLLM's provider -> ours, and what its names begin with (None: whatever they begin with is kept).
PROVIDERS = {
    "openai": ("openai", ""),
    "text-completion-openai": ("openai", ""),
    "azure": ("azure", "azure/"),
    "anthropic": ("anthropic", ""),
    "gemini": ("gemini", "gemini/"),
    "bedrock": ("bedrock", ""),
    "bedrock_converse": ("bedrock", ""),
    "mistral": ("mistral", "mistral/"),
    "cohere": ("cohere", ""),
    "cohere_chat": ("cohere", ""),
    "groq": ("groq", "groq/"),
    "deepseek": ("deepseek", "deepseek/"),
    "xai": ("xai", "xai/"),
    "together_ai": ("together", "together_ai/"),
    "fireworks_ai": ("fireworks", "fireworks_ai/"),
    "perplexity": ("perplexity", "perplexity/"),
    "cerebras": ("cerebras", "cerebras/"),
    "moonshot": ("moonshot", "moonshot/"),
    "zai": ("zai", "zai/"),
    "dashscope": ("alibaba", "dashscope/"),
}

MODES = {
    "chat": "chat",
    "responses": "chat",
    "completion": "completion",
    "embedding": "embedding",
    "rerank": "rerank",
    "image_generation": "image",
    "image_edit": "image",
    "audio_speech": "speech",
    "audio_transcription": "transcription",
    "moderation": "moderation",
    "realtime": "realtime",
}

# What a door asks of a model (Surface::mode). Through Invoke a model of any kind but a live one is asked in its own words.
DOORS = {
    "completions": ["completion"], "ollama_generate": ["completion"],
    "embeddings": ["embedding"], "embed_content": ["embedding"], "cohere_embed": ["embedding"], "ollama_embed": ["embedding"],
    "rerank": ["rerank"], "image_generations": ["image"], "speech": ["speech"], "transcriptions": ["transcription"],
    "moderations": ["moderation"], "realtime": ["realtime"],
    "invoke": ["completion", "embedding", "rerank", "image"],
}
KNOWN = json.loads(Path(__file__).with_name("providers.json").read_text(encoding="utf-8"))["providers"]
SERVED = {known["name"]: {"chat", "any"}.union(*(DOORS.get(door, []) for door in known.get("tasks", []))) for known in KNOWN}

# Not one model at one price: fine-tuned copies, sizes and qualities of pictures, classes by parameters, agents, previews
# of hardware, models that charge by what they search.
NOT_A_MODEL = re.compile(
    r"^ft:|container$|x-\d|x-max/|/steps|^(hd|standard|low|medium|high)/|commitment|^together-ai-|^fireworks-ai-|search-api|computer-use"
    r"|deep-research|^lyria|^learnlm|robotics|-exp-|omni-1|omni-flash|customtools|claude_platform|guardrail|^bedrock/invoke|^speech/"
)

FREE = re.compile(r"^zai/glm-[\d.]+-flash$")

CAPABILITIES = {
    "tools": "supports_function_calling",
    "vision": "supports_vision",
    "json_schema": "supports_response_schema",
    "thinking": "supports_reasoning",
    "documents": "supports_pdf_input",
    "audio": "supports_audio_input",
}

PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "reasoning": "output_cost_per_reasoning_token",
    "audio_input": "input_cost_per_audio_token",
    "audio_output": "output_cost_per_audio_token",
}

THRESHOLD = re.compile(r"^input_cost_per_token_above_(\d+)k_tokens$")
BEDROCK_REGION = re.compile(r"^bedrock/((?:us-gov|[a-z]{2})-[a-z]+-\d)/(.+)$")
AZURE_ZONE = re.compile(r"^azure/(eu|us|us-gov|apac)/(.+)$")
CLAUDE_MESSAGES = re.compile(r"(^|\.)anthropic\.claude-(?!instant|v\d)")
# Publishers whose models Vertex AI serves in OpenAI's dialect.
VERTEX_OPENAI = re.compile(r"^(meta|deepseek-ai|qwen|openai|moonshotai|minimaxai|zai-org|xai|google)/")


def nano_per_million(usd):
    """Dollars for one -> nano-dollars for a million."""
    return int((usd * 10**15).to_integral_value(rounding=ROUND_CEILING))


def dearest(*prices):
    return max((price for price in prices if price is not None), default=None)


def prices(entry, suffix=""):
    """The prices of tokens, as far as the source states them."""
    found = {name: entry.get(key + suffix) for name, key in PRICES.items()}
    made = {name: nano_per_million(price) for name, price in found.items() if price is not None}
    if not made.get("cache_write"):
        made.pop("cache_write", None)
    return made


def long_context(entry, base):
    """Dearer prices for the whole call once its input is longer than a threshold."""
    steps = []
    for threshold in sorted(int(match[1]) for key in entry if (match := THRESHOLD.match(key))):
        step = {"above": threshold * 1000, **prices(entry, f"_above_{threshold}k_tokens")}
        if "output" in step:
            steps.append(step)
    for tier in entry.get("tiered_pricing", [])[1:]:
        if "output_cost_per_token" in tier:
            steps.append({"above": int(tier["range"][0]), **prices(tier)})
    for step in steps:
        # What makes pictures costs at least as much in a long call.
        step["output"] = max(step["output"], base.get("output", 0))
    kept = ("above", "input", "output", "cache_read", "cache_write")
    return [{key: step[key] for key in kept if key in step} for step in steps] or None


def name_of(full, entry):
    """(provider, region, bare name), or None if it is nobody's that we know."""
    source = entry.get("litellm_provider", "")
    if source.startswith("vertex_ai"):
        return ("vertex", None, full.removeprefix("vertex_ai/"))
    if source not in PROVIDERS:
        return None
    provider, prefix = PROVIDERS[source]
    if provider == "bedrock":
        if match := BEDROCK_REGION.match(full):
            return (provider, match[1], match[2])
        return (provider, None, full.removeprefix("bedrock/"))
    if provider == "azure" and (match := AZURE_ZONE.match(full)):
        return (provider, match[1], match[2])
    if provider in ("cohere", "deepseek") and "/" not in full:
        prefix = ""
    elif provider == "cohere":
        prefix = "cohere/"
    if not full.startswith(prefix):
        return None
    return (provider, None, full[len(prefix):])


def dialects_of(provider, bare, entry):
    """The dialects of a model that is not served in all of its provider's."""
    endpoints = entry.get("supported_endpoints", [])
    if entry.get("mode") == "responses" or (endpoints and "/v1/responses" in endpoints and "/v1/chat/completions" not in endpoints):
        return ["responses"]
    if provider == "bedrock" and CLAUDE_MESSAGES.search(bare):
        return ["anthropic", "bedrock"]
    if provider == "vertex" and bare.startswith("claude"):
        return ["anthropic"]
    if provider == "vertex" and VERTEX_OPENAI.match(bare):
        return ["openai"]
    return None


def sound_and_pictures(full, mode, price, entry):
    """Where tokens are not all of one kind, and where there is more than tokens."""
    image_token = [nano_per_million(entry[key]) for key in ("output_cost_per_image_token",) if entry.get(key)]
    image_input = [nano_per_million(entry[key]) for key in ("input_cost_per_image_token",) if entry.get(key)]
    per = lambda *keys: next((nano_per_million(entry[key]) for key in keys if entry.get(key)), None)
    if image_token:
        price["output"] = dearest(price.get("output"), *image_token)
    if mode == "image" and image_input:
        price["input"] = dearest(price.get("input"), *image_input)
    if mode == "image" and not image_token and not price.get("output"):
        price["image"] = per("output_cost_per_image", "input_cost_per_image")
    if mode == "realtime":
        price["input"] = dearest(price.get("input"), price.pop("audio_input", None), *image_input)
        price["output"] = dearest(price.get("output"), price.pop("audio_output", None))
        if "cache_read" in price:
            cached = [nano_per_million(entry[key]) for key in ("cache_read_input_audio_token_cost",) if entry.get(key)]
            price["cache_read"] = dearest(price["cache_read"], *cached)
        price.pop("cache_write", None)
    if mode == "transcription":
        price["input"] = dearest(price.get("input"), price.pop("audio_input", None))
        if not price.get("input"):
            price["second"] = per("input_cost_per_second", "output_cost_per_second")
    if mode == "speech":
        price["character"] = per("input_cost_per_character")
        made = dearest(price.get("output"), price.pop("audio_output", None))
        price["output"] = made
        if entry.get("output_cost_per_second"):
            price["second"], price["output"] = per("output_cost_per_second"), None  # one or the other, and no usage comes
    if mode == "chat" and "audio" in full:  # made to hear and speak
        price["input"] = dearest(price.get("input"), price.pop("audio_input", None))
        price["output"] = dearest(price.get("output"), price.pop("audio_output", None))
    if mode == "rerank":
        price["search"] = per("input_cost_per_query")
    elif mode == "embedding":
        price["request"] = per("input_cost_per_query")
    searches = entry.get("search_context_cost_per_query")
    if searches and mode == "chat":
        most = max(searches.values()) if isinstance(searches, dict) else searches
        # Perplexity's models search once a request, whether asked to or not.
        price["request" if entry["litellm_provider"] == "perplexity" else "search"] = nano_per_million(most)


def model(full, entry):
    """One entry, or None if it is no model that a call can be made to and priced."""
    named, mode = name_of(full, entry), MODES.get(entry.get("mode"))
    if not named or not mode:
        return None
    provider, region, bare = named
    if NOT_A_MODEL.search(bare) or NOT_A_MODEL.search(full) or "*" in bare.replace("@", "") or bare.endswith("@latest"):
        return None
    if provider in ("openai", "anthropic", "mistral", "gemini", "azure", "alibaba") and "/" in bare:
        return None
    if provider == "vertex" and entry["litellm_provider"] in ("vertex_ai-mistral_models", "vertex_ai-ai21_models", "vertex_ai-llama_models") and "/" not in bare:
        return None
    if provider == "vertex" and bare.startswith("mistralai/"):
        return None
    if provider == "fireworks" and (not bare.startswith("accounts/") or (mode == "chat" and not entry.get("supports_function_calling"))):
        return None
    if provider == "perplexity" and (entry["mode"] == "responses" or entry.get("max_input_tokens") is None and mode == "chat"):
        return None
    if "chat" == mode and "tiered_pricing" in entry and "input_cost_per_token" not in entry:
        entry = {**entry, **{key: value for key, value in entry["tiered_pricing"][0].items() if key != "range"}}
    price = prices(entry)
    sound_and_pictures(full, mode, price, entry)
    if provider in ("gemini", "vertex") and mode in ("image", "speech", "transcription") and price.get("output"):
        mode = "any"  # pictures and sound are made and heard in a conversation there
    if mode not in SERVED[provider]:
        return None
    if price.get("reasoning") == price.get("output"):
        price.pop("reasoning", None)
    for sound, text in (("audio_input", "input"), ("audio_output", "output")):
        if mode == "embedding" or (price.get(sound) or 0) <= (price.get(text) or 0):
            price.pop(sound, None)
    price = {key: value for key, value in price.items() if value is not None}
    if not any(price.values()) and mode != "moderation" and not FREE.match(full):
        return None
    limits = entry.get("max_input_tokens") and entry.get("max_output_tokens")
    free = FREE.match(full)
    if mode in ("chat", "completion") and not (limits and (free or (price.get("input") and price.get("output")))):
        return None  # without limits no worst case could be held
    capable = {word: bool(entry.get(key)) for word, key in CAPABILITIES.items()}
    if mode not in ("chat", "any"):
        capable = {}
    made = {
        "model": bare,
        "region": region,
        "mode": None if mode == "chat" else mode,
        "dialects": dialects_of(provider, bare, entry),
        **price,
        "long": long_context(entry, price),
        "context_window": entry.get("max_input_tokens") or None,
        "max_output": entry.get("max_output_tokens") or None,
        "capabilities": [word for word, yes in capable.items() if yes] or None,
        "retires": entry.get("deprecation_date"),
    }
    if mode == "embedding":
        made.pop("max_output")
        made["output"] = None
    return provider, {key: value for key, value in made.items() if value is not None}


def whole(value):
    """Limits are written as 128000 or as 128000.0."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() and value >= 1 else value


def main():
    if len(sys.argv) != 3 or not re.fullmatch(r"\d{4}-\d\d-\d\d", sys.argv[2]):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file, parse_float=Decimal, parse_int=Decimal)
    source = data.get("_source", {})
    found = {}
    for name, entry in data.get("models", data).items():
        named = model(name, entry)
        if named:
            provider, made = named
            models, key = found.setdefault(provider, {}), (made["model"], made.get("region") or "")
            # A name that stands twice is the same model with and without its provider's prefix: the longer entry says more.
            if key not in models or len(made) >= len(models[key]):
                models[key] = made
    print("{")
    print(f' "source": {json.dumps(source.get("upstream", "BerriAI/litellm model_prices_and_context_window.json"))},')
    print(f' "release": {json.dumps(source.get("package", "unknown"))},')
    print(f' "licence": {json.dumps(source.get("licence", "MIT") + ", " + source.get("copyright", "Copyright (c) 2023 Berri AI"))},')
    print(f' "as_of": {json.dumps(sys.argv[2])},')
    print(' "unit": "nano-USD for a million: tokens, pictures, seconds, characters, requests, searches",')
    print(' "models": {')
    for provider in sorted(found):
        models = found[provider]
        lines = [json.dumps({key: whole(value) for key, value in models[key].items()}, separators=(",", ":")) for key in sorted(models)]
        print(f'  "{provider}": [\n   ' + ",\n   ".join(lines) + ("\n  ]" if provider == max(found) else "\n  ],"))
    print(" }\n}")


main()
