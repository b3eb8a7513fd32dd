"""How the able server obeys, and how each ability may be lacking or spoilt: ability -> manner -> what it says.

The first ability that has something to say answers. Every table starts with the manner of a good server.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.fakes.able_talk import Asked, Said, refusal

Answering = Callable[[Asked], Said | None]

ORDER = re.compile(r"single word (\w+)")
FACT = re.compile(r"[Mm]y (\w+) has the number (\d+)")
QUESTION = re.compile(r"Which number has my (\w+)")
CHOICE = re.compile(r'"(\w+)", one of "(\w+)"')
INTEGER = re.compile(r'"(\w+)", an integer')
PROSE = Said("I would rather tell you about it in my own words.")
VLLM_TOOLS = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'


def nothing(_: Asked) -> Said | None:
    """What the ability would answer is left to the others."""
    return None


def follow_order(asked: Asked) -> Said | None:
    """The one word that system or user text orders."""
    found = ORDER.search(f"{asked.system}\n{asked.user}")
    return Said(f"{found[1].capitalize()}.") if found else None


def no_system(asked: Asked) -> Said | None:
    """System text in its own place is refused; in a user turn it is followed."""
    return refusal("System role not supported") if asked.system else follow_order(asked)


def echo_order(asked: Asked) -> Said | None:
    """A base model that goes on from what it was told."""
    return Said(f"{asked.system} {asked.user}") if ORDER.search(asked.system) else None


def remember(asked: Asked) -> Said | None:
    """The number that an earlier turn told."""
    question = QUESTION.search(asked.user)
    if not question:
        return None
    facts = dict(found.groups() for _, text in asked.turns[:-1] for found in FACT.finditer(text))
    return Said(f"It is {facts.get(question[1], 'unknown to me')}.")


def forget(asked: Asked) -> Said | None:
    """Only the last turn is read."""
    return remember(replace(asked, turns=asked.turns[-1:]))


def no_earlier_answer(message: str, status: int = 400) -> Answering:
    """A template that takes no turn of the model."""
    return lambda asked: refusal(message, status) if any(role == "assistant" for role, _ in asked.turns) else None


def arguments(asked: Asked, schema: Mapping[str, Any]) -> str:
    """The tool's arguments, from the words of the last turn that follow each field's name."""
    found = {name: re.search(rf"{name} (\S+?)[.,?!]*(\s|$)", asked.user) for name in schema["required"]}
    return json.dumps({name: match[1] for name, match in found.items() if match})


def calling(change: Callable[[str, str], Said]) -> Answering:
    """Answer with a call in some form, made from the tool's name and its arguments."""

    def answer(asked: Asked) -> Said | None:
        for name, schema in asked.tools.items():
            return change(name, arguments(asked, schema))
        return None

    return answer


call = calling(lambda name, given: Said(calls=((name, given),)))


def if_tools(said: Said) -> Answering:
    """The same answer to every request with tools."""
    return lambda asked: said if asked.tools else None


def sometimes(asked: Asked) -> Said | None:
    """A call in the first and the third of three tries."""
    return PROSE if asked.tools and asked.nth % 3 == 1 else call(asked)


def when_forced(answer: Answering) -> Answering:
    """Only where the request demands a call."""
    return lambda asked: answer(asked) if asked.forced else None


def obey_schema(asked: Asked) -> Said | None:
    """An object as the schema in the request has it."""
    return Said(json.dumps(instance(asked.schema))) if asked.schema else None


def instance(schema: Mapping[str, Any]) -> Any:
    """Something that the schema allows."""
    if "enum" in schema:
        return schema["enum"][-1]
    if schema["type"] == "object":
        return {name: instance(schema["properties"][name]) for name in schema["required"]}
    return {"integer": 3, "string": "words"}[schema["type"]]


def obey_words(asked: Asked) -> str | None:
    """The object that the last turn describes."""
    choice, integer = CHOICE.search(asked.user), INTEGER.search(asked.user)
    return json.dumps({choice[1]: choice[2], integer[1]: 3}) if choice and integer else None


def told_in_words(form: str = "{}") -> Answering:
    """No notice of a schema; in words it obeys, with something around the object."""

    def answer(asked: Asked) -> Said | None:
        text = None if asked.schema else obey_words(asked)
        return Said(form.replace("{}", text)) if text else PROSE if asked.schema else None

    return answer


def able_in_both(asked: Asked) -> Said | None:
    """By the schema, else in words."""
    return obey_schema(asked) or told_in_words()(asked)


def schema_refused(message: str) -> Answering:
    """A refusal of the schema; in words it obeys."""
    return lambda asked: refusal(message) if asked.schema else told_in_words()(asked)


def of_json(text: str) -> Answering:
    """The same text wherever JSON is asked for."""
    return lambda asked: Said(text) if asked.schema or obey_words(asked) else None


ANSWERS: Mapping[str, Mapping[str, Answering]] = {
    "forced_tools": {
        "able": when_forced(call),
        "ignored": when_forced(if_tools(PROSE)),
        "refused": when_forced(if_tools(refusal('tool_choice = "required" is not supported!'))),
        "fails": when_forced(if_tools(refusal("Internal server error", 500))),
    },
    "tools": {
        "able": call,
        "ignored": if_tools(PROSE),
        "sometimes": sometimes,
        "hermes": calling(
            lambda name, given: Said(f'<tool_call>\n{{"name": "{name}", "arguments": {given}}}\n</tool_call>')
        ),
        "mistral": calling(lambda name, given: Said(f"[TOOL_CALLS]{name}{given}")),
        "qwen_coder": calling(lambda name, _: Said(f"<tool_call>\n<function={name}>\n<parameter=project>\nx\n")),
        "bare_json": calling(lambda name, given: Said(f'{{"name": "{name}", "parameters": {given}}}')),
        "pythonic": calling(lambda name, _: Said(f'[{name}(project="x")]')),
        "broken": calling(lambda name, _: Said(calls=((name, "{project: oops"),))),
        "no_field": calling(lambda name, _: Said(calls=((name, "{}"),))),
        "wrong_field": calling(lambda name, _: Said(calls=((name, '{"project": 7}'),))),
        "unknown_tool": calling(lambda _, given: Said(calls=(("search_web", given),))),
        "refused_by_vllm": if_tools(refusal(VLLM_TOOLS)),
        "refused_by_llama_cpp": if_tools(refusal("tools param requires --jinja flag", 500)),
        "refused_by_ollama": if_tools(refusal("registry.ollama.ai/library/tiny:2b does not support tools")),
        "refused": if_tools(refusal("Bad request")),
    },
    "json": {
        "able": able_in_both,
        "ignored": told_in_words(),
        "fenced": told_in_words("```json\n{}\n```"),
        "chatty": told_in_words("Here you are: {}"),
        "refused": schema_refused("This response_format type is unavailable now"),
        "refused_anyhow": schema_refused("Bad request"),
        "wrong_value": of_json('{"severity": "awful", "people": 3}'),
        "wrong_type": of_json('{"severity": "high", "people": "3"}'),
        "missing": of_json('{"severity": "high"}'),
        "more": of_json('{"severity": "high", "people": 3, "why": "so"}'),
        "prose": of_json("It is rather severe."),
    },
    "system": {"able": follow_order, "ignored": nothing, "echoed": echo_order, "refused": no_system,
               "refused_and_ignored": lambda asked: no_system(asked) if asked.system else None},
    "turns": {
        "able": remember,
        "forgotten": forget,
        "alternate": no_earlier_answer("Conversation roles must alternate user/assistant/user/assistant/..."),
        "alternate_or_fail": no_earlier_answer("Conversation roles must alternate user/assistant", 500),
        "no_prefill": no_earlier_answer("This model does not support assistant message prefill."),
        "refused": no_earlier_answer("Bad request"),
    },
}  # fmt: skip
