"""Any server that speaks OpenAI's API under a base URL of its own: vLLM, llama.cpp, LiteLLM and others."""

from app.clients.openai_wire import OpenAIWire


class OpenAICompatible(OpenAIWire):
    """The base URL is used as typed; documentation asks for it to end in /v1."""

    states_build = True
