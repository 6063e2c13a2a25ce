"""Every surface, and its places for a value: a module a group of doors, each with the bodies that its dialect knows."""

from . import chat_completions, conversations, crossed, failing, files, generate_content, messages, odd, passthrough, responses, tasks

MODULES = (chat_completions, responses, messages, generate_content, conversations, tasks, files, passthrough, odd, failing, crossed)
PLACES = [place for module in MODULES for place in module.PLACES]
