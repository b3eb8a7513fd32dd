"""OpenAI's own service."""

from app.clients.openai_wire import OpenAIWire


class OpenAI(OpenAIWire):
    """The base URL is https://api.openai.com/v1 unless a regional address was typed."""
