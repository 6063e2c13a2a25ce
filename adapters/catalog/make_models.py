#!/usr/bin/env python3
"""Makes models.json: what models cost and can do, from a LiteLLM price file.

    ./make_models.py PRICES.json AS_OF > models.json

PRICES.json is LiteLLM's model_prices_and_context_window.json, or {"models": the same, "_source": {...}}. AS_OF is the
date of the file, YYYY-MM-DD. Prices are US dollars a token there and whole nano-USD a million tokens here: decimals
all the way, and a price that is not whole in nano-USD stops the script.
"""

import json
import re
import sys
from decimal import Decimal

PREFIX = {"openai": "", "anthropic": "", "gemini": "gemini/"}

# Not conversations by the token: fine-tuned copies, models that charge by query, by second or by sound, agents, previews of hardware.
NOT_CHAT = re.compile(r"^ft:|/|audio|-search-|search-api|computer-use|deep-research|-tts|^lyria|^learnlm|robotics|-exp-|omni|customtools")

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
}

THRESHOLD = re.compile(r"^input_cost_per_token_above_(\d+)k_tokens$")


def nano_per_mtok(usd_per_token):
    """Dollars a token -> nano-dollars a million tokens, exactly."""
    nano = usd_per_token * 10**15
    if nano != nano.to_integral_value() or nano < 0:
        sys.exit(f"{usd_per_token} USD a token is not whole in nano-USD a million tokens")
    return int(nano)


def prices(entry, suffix=""):
    """The four prices, as far as the source states them."""
    found = {name: entry.get(key + suffix) for name, key in PRICES.items()}
    return {name: nano_per_mtok(price) for name, price in found.items() if price is not None}


def long_context(name, entry):
    """Dearer prices for the whole call once its input is longer than a threshold."""
    thresholds = [int(match[1]) for key in entry if (match := THRESHOLD.match(key))]
    if not thresholds:
        return None
    if len(thresholds) > 1:
        sys.exit(f"{name} has more than one threshold: teach the format about it")
    return {"above": thresholds[0] * 1000, **prices(entry, f"_above_{thresholds[0]}k_tokens")}


def model(name, entry):
    """One entry, or None if it is not a conversation that can be priced by the token."""
    provider = entry.get("litellm_provider")
    if provider not in PREFIX or entry.get("mode") != "chat" or not name.startswith(PREFIX[provider]):
        return None
    bare = name[len(PREFIX[provider]):]
    price = prices(entry)
    if NOT_CHAT.search(bare) or not price.get("input") or not price.get("output"):
        return None
    if not entry.get("max_input_tokens") or not entry.get("max_output_tokens"):
        return None  # without limits no worst case could be held
    capable = {word: bool(entry.get(key)) for word, key in CAPABILITIES.items()}
    if any("audio_token" in key for key in entry):
        capable["audio"] = False  # sound costs more than text there, and a usage says only how many tokens
    made = {
        "provider": provider,
        "model": bare,
        **price,
        "long": long_context(name, entry),
        "context_window": entry.get("max_input_tokens"),
        "max_output": entry.get("max_output_tokens"),
        "capabilities": [word for word, yes in capable.items() if yes],
        "retires": entry.get("deprecation_date"),
    }
    return {key: value for key, value in made.items() if value is not None}


def whole(value):
    """Limits are written as 128000 or as 128000.0."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() and value >= 1 else value


def main():
    if len(sys.argv) != 3 or not re.fullmatch(r"\d{4}-\d\d-\d\d", sys.argv[2]):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file, parse_float=Decimal, parse_int=Decimal)
    source = data.get("_source", {})
    models = [model(name, entry) for name, entry in data.get("models", data).items()]
    models = sorted((made for made in models if made), key=lambda made: (made["provider"], made["model"]))
    print("{")
    print(f' "source": {json.dumps(source.get("upstream", "BerriAI/litellm model_prices_and_context_window.json"))},')
    print(f' "release": {json.dumps(source.get("package", "unknown"))},')
    print(f' "licence": {json.dumps(source.get("licence", "MIT") + ", " + source.get("copyright", "Copyright (c) 2023 Berri AI"))},')
    print(f' "as_of": {json.dumps(sys.argv[2])},')
    print(' "unit": "nano-USD per million tokens",')
    print(' "models": [')
    lines = [json.dumps({key: whole(value) for key, value in made.items()}, separators=(",", ":")) for made in models]
    print("  " + ",\n  ".join(lines))
    print(" ]\n}")


main()
