"""What a full test finds: gaps in code, long texts, embeddings, each with the model or server that does better."""

from collections.abc import Callable
from typing import Any

from app.domain.code_gaps import CODE_GAPS
from app.domain.steps import Depth
from tests.fakes.long_reader import LongReader
from tests.fakes.probe import target_at
from tests.fakes.talker import Body, Talker, prompt_of, works
from tests.fakes.wire_faults.scene import Bench, Broken, Case, Scene

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
    able("needle_lost", "context", {"chat": LongReader(keeps=500)}, {"chat": LongReader()}),
)
