"""GitLab's stand-in by hand: `python -m tests.fakes.gitlab --port 8060 --shape 19`, until Ctrl+C."""

import argparse
import threading

from tests.fakes.gitlab.schema import SHAPES
from tests.fakes.gitlab.server import TOKEN, GitLabServer
from tests.fakes.gitlab.state import State


def main() -> None:
    """Serve an instance in which somebody has already set something up."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.gitlab", description=__doc__)
    parser.add_argument("--port", type=int, default=8060)
    parser.add_argument("--shape", choices=SHAPES, default="19")
    parser.add_argument("--prefix", default="", help="where GitLab lies below a path, such as /gitlab")
    parser.add_argument("--empty", action="store_true", help="without models and assignments")
    asked = parser.parse_args()
    with GitLabServer(asked.shape, port=asked.port, prefix=asked.prefix) as gitlab:
        if not asked.empty:
            furnish(gitlab.state)
        gitlab.after = lambda operation, number: print(f"{number:4} {operation}", flush=True)
        print(f"GitLab stand-in of the shape {asked.shape}\n  URL    {gitlab.url}\n  token  {TOKEN}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("Stopped.")


def furnish(state: State) -> None:
    """A few models and assignments, as an administrator would have left them."""
    by = "Administrator"
    mistral = state.add_model(
        "Mistral Small",
        family="mistral",
        endpoint="http://gpu-1.internal:8000/v1",
        identifier="custom_openai/mistral-small-24b",
        token="a-key",
        author=by,
    )
    claude = state.add_model(
        "Claude on Bedrock",
        family="claude_3",
        provider="BEDROCK",
        identifier="bedrock/eu.anthropic.claude-sonnet-4-20250514-v1:0",
        author=by,
    )
    state.add_model("Qwen trial", family="general", endpoint="http://gpu-2.internal:11434/v1", author=by)
    for feature in ("code_completions", "code_generations"):
        state.assign(feature, "self_hosted", mistral, author=by)
    state.assign("duo_agent_platform_agentic_chat", "self_hosted", claude, author=by)
    state.assign("duo_chat", "vendored", author=by)
    state.assign("summarize_review", "disabled", author=by)


if __name__ == "__main__":
    main()
