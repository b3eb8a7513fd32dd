"""LiteLLM's SDK, run by the Python of its own environment: takes calls as JSON, prints what it made of the answers."""

import json
import os
import sys
from typing import Any

# Prices that LiteLLM would fetch from GitHub come from its package instead.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"


def main() -> None:
    """Make the calls one after the other; the first that fails ends it."""
    given = json.load(sys.stdin)
    # LiteLLM prints advice; the parent reads JSON.
    announce, sys.stdout = sys.stdout, sys.stderr

    import httpx
    import litellm

    heard: list[httpx.Response] = []
    # A streamed text completion shows no headers, so they are noted where they arrive.
    litellm.client_session = httpx.Client(event_hooks={"response": [heard.append]}, trust_env=False)
    answers = [_call(given["url"], given["key"], each) for each in given["calls"]]
    # One answer for each call: nothing was tried twice.
    told = zip([dict(each.headers) for each in heard], answers, strict=True)
    json.dump([{"headers": headers, "answer": answer} for headers, answer in told], announce)


def _call(url: str, key: str, call: dict[str, Any]) -> Any:
    import litellm

    chat = call["address"] == "chat"
    ask = litellm.completion if chat else litellm.text_completion
    provider = "openai" if chat else "text-completion-openai"
    answer = ask(model=f"{provider}/{call['model']}", api_base=url, api_key=key, max_retries=0, **call["arguments"])
    return [each.model_dump() for each in answer] if call["arguments"].get("stream") else answer.model_dump()


if __name__ == "__main__":
    main()
