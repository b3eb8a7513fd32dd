"""The one list of dialects; adding a platform adds a file and a line here."""

from app.clients.anthropic import Anthropic
from app.clients.azure_openai import AzureOpenAI
from app.clients.bedrock import Bedrock
from app.clients.dialect import Dialect
from app.clients.openai import OpenAI
from app.clients.openai_compatible import OpenAICompatible
from app.clients.vertex_ai import VertexAI
from app.data.publishers import load_publishers

DIALECTS: dict[str, Dialect] = {
    "openai_compatible": OpenAICompatible(),
    "openai": OpenAI(),
    "azure_openai": AzureOpenAI(),
    "anthropic": Anthropic(),
    "bedrock": Bedrock(),
    "vertex_ai": VertexAI(load_publishers()),
}


def dialect_for(platform: str) -> Dialect:
    """The platform's dialect; raises KeyError for one that has none yet."""
    return DIALECTS[platform]
