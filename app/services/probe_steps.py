"""The steps that speak the platform's protocol: key, model, one chat answer, one streamed answer."""

import difflib
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from app.clients.dialect import Ask, ChatAnswer, FoundModel, Trouble, WireError
from app.domain.platforms import OPENAI_COMPATIBLE
from app.domain.steps import Fix, Outcome, StepName, StepResult
from app.lib.http import Answer, Streaming
from app.lib.http_errors import Code, OutboundError
from app.lib.sse import EventParser, EventTooLarge
from app.lib.urls import Address
from app.services.probe_run import NOT_JUDGED, Ended, Run, scrubbed

ANSWER_TOKENS = 16
# A model that reasons first spends more before its answer begins.
REASONING_TOKENS = 512
STREAM_MAX_BYTES = 1 << 20

SYSTEM_TEXT = "You are checking that a connection works. Answer in one short sentence."
USER_TEXT = "Say that the connection works."
# What a server may refuse although it serves the model, and what is left out or renamed for it.
QUIRK_OF = {
    "max_tokens_unsupported": "max_completion_tokens",
    "temperature_unsupported": "no_temperature",
    "system_unsupported": "no_system",
}
_KEY_CODES = frozenset({"key_missing", "key_wrong", "key_forbidden"})
_PATH_CODES = frozenset({"wrong_path", "html_answer", "bad_request", "server_error"})
_PASTED = ("/chat/completions", "/completions", "/models", "/embeddings")


def auth(run: Run) -> StepResult:
    """The key is taken. A public model list proves nothing, so a request that needs the key follows it."""
    listed = run.send(run.dialect.list_call(run.target))
    trouble = run.dialect.trouble(listed)
    if trouble is None:
        run.found = run.dialect.read_list(listed)
    elif trouble.code in _KEY_CODES:
        return run.troubled(StepName.AUTH, trouble)
    elif trouble.code == "redirect":
        return run.troubled(StepName.AUTH, trouble, _redirect_fix(run, listed))
    elif trouble.code in NOT_JUDGED:
        return run.troubled(StepName.AUTH, trouble)
    checked = run.dialect.trouble(run.send(run.dialect.key_check_call(run.target)))
    if checked and checked.code in _KEY_CODES | NOT_JUDGED:
        return run.troubled(StepName.AUTH, checked)
    if trouble and checked and trouble.code in _PATH_CODES and checked.code in _PATH_CODES:
        return _wrong_path(run, trouble)
    if run.target.api_key:
        return run.result(StepName.AUTH, Outcome.PASSED, "The key is accepted")
    return run.result(StepName.AUTH, Outcome.PASSED, "No key is sent and none is asked for")


def _redirect_fix(run: Run, answer: Answer) -> Fix | None:
    """Only the same host over https is worth offering; any other place is not ours to suggest."""
    address = run.target.address
    secure = f"https://{address.host}"
    if address.scheme == "http" and answer.headers.get("location", "").startswith((secure + "/", secure + ":")):
        return _address_fix(secure + address.path)
    return None


def _wrong_path(run: Run, trouble: Trouble) -> StepResult:
    """Nothing answers below this path: look whether /v1 is what is missing, or too much was pasted."""
    text = str(run.target.address)
    for pasted in _PASTED:
        if text.endswith(pasted):
            return run.explained(StepName.AUTH, "pasted_path", _address_fix(text.removesuffix(pasted)))
    if run.target.platform == OPENAI_COMPATIBLE and _answers_below_v1(run):
        return run.explained(StepName.AUTH, "no_v1", _address_fix(text + "/v1"), trouble.words)
    return run.troubled(StepName.AUTH, trouble)


def _answers_below_v1(run: Run) -> bool:
    address: Address = run.target.address
    if address.path.endswith("/v1"):
        return False
    target = run.target
    run.target = replace(target, address=address.join("v1"))
    try:
        trouble = run.dialect.trouble(run.send(run.dialect.list_call(run.target)))
    finally:
        run.target = target
    return trouble is None or trouble.code in _KEY_CODES


def model(run: Run) -> StepResult:
    """The served name is one that the server serves."""
    if not run.found or not run.dialect.lists_models:
        return run.result(StepName.MODEL, Outcome.SKIPPED, "No model list here; the next step decides")
    name = run.target.served_name
    for each in run.found:
        if each.name == name:
            return _served(run, each)
    answer = _unlisted_answer(run)
    if answer.model and answer.model != name and answer.model in {each.name for each in run.found}:
        fix = _name_fix([answer.model])
        return run.explained(StepName.MODEL, "other_model_answers", fix, answered=answer.model)
    return run.explained(StepName.MODEL, "model_unlisted")


def _served(run: Run, found: FoundModel) -> StepResult:
    if run.target.platform == OPENAI_COMPATIBLE and run.target.address.path == "" and _answers_below_v1(run):
        fix = _address_fix(f"{run.target.address}/v1")
        return run.explained(StepName.MODEL, "v1_recommended", fix)
    figures = {"context": found.context} if found.context else {}
    return run.result(StepName.MODEL, Outcome.PASSED, f"The server lists it, one of {len(run.found or ())}", **figures)


def _unlisted_answer(run: Run) -> ChatAnswer:
    """What the server does with a name that it does not list: gateways serve such names, others refuse them."""
    answer = run.send(run.dialect.chat_call(run.target, Ask(USER_TEXT, max_tokens=1, temperature=None)))
    trouble = run.dialect.trouble(answer)
    if trouble is None:
        return run.dialect.read_chat(answer)
    if trouble.code in QUIRK_OF:
        return ChatAnswer("", model=run.target.served_name)
    if trouble.code in _PATH_CODES:
        trouble = Trouble("model_not_served", trouble.words)
    names = nearest(run.target.served_name, run.found or ())
    raise Ended(run.troubled(StepName.MODEL, trouble, _name_fix(names), names=", ".join(names)))


def nearest(name: str, found: tuple[FoundModel, ...], most: int = 3) -> list[str]:
    """The served names most like the one asked for; the only one there is counts as near."""
    names = [each.name for each in found]
    by_fold = {each.casefold(): each for each in reversed(names)}
    close = difflib.get_close_matches(name.casefold(), list(by_fold), n=most, cutoff=0.4)
    return [by_fold[each] for each in close] or names[:most]


def chat(run: Run) -> StepResult:
    """One short answer; what the server refuses is left out and the answer then comes with a warning."""
    refused: list[str] = []
    tokens = ANSWER_TOKENS
    while True:
        answer = run.send(run.dialect.chat_call(run.target, Ask(USER_TEXT, SYSTEM_TEXT, tokens)))
        trouble = run.dialect.trouble(answer)
        quirk = QUIRK_OF.get(trouble.code) if trouble else None
        if trouble and quirk and quirk not in run.target.quirks:
            refused.append(trouble.code)
            run.with_quirk(quirk)
            continue
        if trouble:
            names = nearest(run.target.served_name, run.found or ()) if trouble.code == "model_not_served" else []
            return run.troubled(StepName.CHAT, trouble, _name_fix(names))
        said = run.dialect.read_chat(answer)
        if not said.text.strip() and tokens == ANSWER_TOKENS and (said.reasoning or said.finish == "length"):
            tokens = REASONING_TOKENS
            continue
        return _judged_chat(run, said, refused)


def _address_fix(address: str) -> Fix:
    return Fix("base_url", address, f"Use {address}")


def _name_fix(names: list[str]) -> Fix | None:
    return Fix("identifier", names[0], f"Use {names[0]}") if names else None


def _judged_chat(run: Run, said: ChatAnswer, refused: list[str]) -> StepResult:
    if not said.text.strip():
        return run.explained(StepName.CHAT, "reasoning_only" if said.reasoning else "empty_answer")
    if refused:
        fix = Fix("quirks", ",".join(sorted(run.target.quirks)), "Keep this for the endpoint")
        return run.explained(StepName.CHAT, refused[0], fix)
    figures = {"tokens": said.completion_tokens} if said.completion_tokens else {}
    return run.result(StepName.CHAT, Outcome.PASSED, f"It said: “{scrubbed(said.text)[:80]}”", **figures)


def stream(run: Run) -> StepResult:
    """The same question with a streamed answer: events arrive, none is an error, the end is marked."""
    call = run.dialect.chat_call(run.target, Ask(USER_TEXT, SYSTEM_TEXT, ANSWER_TOKENS, stream=True))
    started = perf_counter()
    with run.stream(call) as streaming:
        if streaming.status != 200:
            return _refused_stream(run, streaming)
        return _read_stream(run, streaming, started)


def _refused_stream(run: Run, streaming: Streaming) -> StepResult:
    body = b"".join(streaming.chunks())
    trouble = run.dialect.trouble(Answer(streaming.status, streaming.headers, body, 0, 0)) or Trouble("stream_refused")
    refused = trouble.code in ("bad_request", "wrong_path")
    return run.troubled(StepName.STREAM, Trouble("stream_refused", trouble.words) if refused else trouble)


def _read_stream(run: Run, streaming: Streaming, started: float) -> StepResult:
    parser = EventParser()
    first: float | None = None
    pieces = received = 0
    finished = done = False
    try:
        for chunk in streaming.chunks():
            received += len(chunk)
            if received > STREAM_MAX_BYTES:
                return run.explained(StepName.STREAM, "too_large")
            for event in parser.feed(chunk):
                if event.comment is not None:
                    continue
                piece = run.dialect.read_event(event.data)
                if piece.failed:
                    return run.explained(StepName.STREAM, "stream_broken", words=piece.failed.words)
                done = done or piece.done
                finished = finished or bool(piece.finish)
                if piece.text or piece.reasoning:
                    pieces += 1
                    first = first or (perf_counter() - started) * 1000
            if done:
                break
    except OutboundError as error:
        if error.code is Code.STOPPED or not pieces:
            return run.outbound(StepName.STREAM, error)
        return run.explained(StepName.STREAM, "stream_broken")
    except (EventTooLarge, WireError):
        return run.explained(StepName.STREAM, "stream_not_sse")
    return _judged_stream(run, pieces, first, finished, done)


def _judged_stream(run: Run, pieces: int, first: float | None, finished: bool, done: bool) -> StepResult:
    if not pieces and not finished and not done:
        return run.explained(StepName.STREAM, "stream_not_sse")
    if not finished and not done:
        return run.explained(StepName.STREAM, "stream_broken")
    if not done:
        return run.explained(StepName.STREAM, "stream_no_done")
    figures = {"pieces": pieces, **({"first_token_ms": round(first)} if first else {})}
    return run.result(StepName.STREAM, Outcome.PASSED, f"The answer came in {pieces} pieces", **figures)


IN_ORDER: tuple[tuple[StepName, Callable[[Run], StepResult]], ...] = (
    (StepName.AUTH, auth),
    (StepName.MODEL, model),
    (StepName.CHAT, chat),
    (StepName.STREAM, stream),
)
