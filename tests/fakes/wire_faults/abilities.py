"""What a full test finds of a model's abilities, each time with the server or model that does better."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.domain.code_gaps import CODE_GAPS
from app.domain.steps import Depth
from tests.fakes.able_server import AbleServer
from tests.fakes.long_reader import LongReader
from tests.fakes.probe import target_at
from tests.fakes.talker import Body, Talker, prompt_of, works
from tests.fakes.wire_faults.scene import Bench, Broken, Case, Scene, by_click, outside

Chat = Callable[[Body], Any]


def able(code: str, step: str, wrong: dict[str, Any], right: dict[str, Any], family: str = "") -> Case:
    """Another model or version serves under the same name, which can what the first could not."""

    def build(bench: Bench) -> Broken:
        server = bench.stack.enter_context(Talker(**wrong))
        scene = Scene(target_at(server.url), depth=Depth.FULL, family=family)

        def served_better(_: object) -> Scene:
            for name, behaviour in right.items():
                setattr(server, name, behaviour)
            return scene

        return Broken(scene, served_better, whole=False)

    return Case(code, step, build)


def unable(code: str, step: str, field: str = "", **manners: str) -> Case:
    """A model that lacks one ability, until a click makes up for it or another one is served under its name."""

    def build(bench: Bench) -> Broken:
        server = bench.stack.enter_context(AbleServer(**manners))
        scene = Scene(target_at(server.url), depth=Depth.FULL)
        return by_click(scene, field, whole=False) if field else replace(outside(scene, server.become), whole=False)

    return Case(code, step, build)


def filling(*by_gap: str) -> Chat:
    """The answers to the gaps in their order, the last for the rest; {} stands for what is missing."""

    def chat(body: Body) -> str:
        asked = [number for number, gap in enumerate(CODE_GAPS) if gap.prefix in prompt_of(body)]
        if not asked:
            return works(body)
        return by_gap[min(asked[0], len(by_gap) - 1)].replace("{}", CODE_GAPS[asked[0]].missing)

    return chat


RIGHT = {"chat": filling("{}")}
CASES = (
    able("fim_not_filled", "fim", {"chat": filling("pass")}, RIGHT),
    able("fim_partly", "fim", {"chat": filling("{}", "pass")}, RIGHT),
    able("fim_markers_leak", "fim", {"chat": filling("<|fim_middle|>{}")}, RIGHT, "codegemma"),
    able("fim_chatty", "fim", {"chat": filling("Sure, here it is:\n```\n{}\n```")}, RIGHT),
    able("suffix_refused", "suffix", {}, {"fill": lambda _: f" {CODE_GAPS[0].missing}"}),
    able("suffix_ignored", "suffix", {"fill": lambda _: " b\n\n\nprint(add(1, 2))"}, {"fill": lambda _: " b"}),
    able("embeddings_refused", "embeddings", {}, {"embed": lambda _: [0.25] * 8}),
    able("context_small", "context", {"chat": LongReader(4096)}, {"chat": LongReader()}),
    unable("system_ignored", "system", system="ignored"),
    unable("turns_forgotten", "turns", turns="forgotten"),
    unable("turns_refused", "turns", turns="alternate"),
    unable("tools_ignored", "tools", tools="ignored"),
    unable("tools_as_text", "tools", tools="hermes"),
    unable("tools_sometimes", "tools", tools="sometimes"),
    unable("tools_refused", "tools", tools="refused_by_vllm"),
    unable("tool_arguments_broken", "tools", tools="broken"),
    unable("forced_tools_refused", "tools", forced_tools="refused"),
    unable("forced_tools_ignored", "tools", forced_tools="ignored"),
    unable("json_schema_refused", "json", json="refused"),
    unable("json_schema_ignored", "json", json="fenced"),
    unable("json_broken", "json", json="prose"),
    unable("reasoning_leaks", "reasoning", "quirks", reasoning="think"),
    unable("answer_endless", "reasoning", length="endless"),
    unable("max_tokens_ignored", "parameters", limit="ignored"),
    unable("stop_ignored", "parameters", stop="ignored"),
    unable("stop_refused", "parameters", "quirks", stop="refused"),
    able("needle_lost", "context", {"chat": LongReader(keeps=500)}, {"chat": LongReader()}),
)
