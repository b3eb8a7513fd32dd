"""Identifiers as GitLab wants them, from whatever was typed."""

import pytest

from app.data.loader import Facts
from app.domain.identifiers import Identifier, identify


@pytest.mark.parametrize(
    ("platform", "typed", "text", "served"),
    [
        ("openai_compatible", "mistral-small", "custom_openai/mistral-small", "mistral-small"),
        ("openai_compatible", "custom_openai/mistral-small", "custom_openai/mistral-small", "mistral-small"),
        ("openai_compatible", " Custom_OpenAI/a ", "custom_openai/a", "a"),
        ("openai_compatible", "openai/gpt-oss-120b", "custom_openai/openai/gpt-oss-120b", "openai/gpt-oss-120b"),
        ("openai_compatible", "azure/gpt-4o", "custom_openai/azure/gpt-4o", "azure/gpt-4o"),
        ("openai_compatible", "/models/a.gguf", "custom_openai//models/a.gguf", "/models/a.gguf"),
        ("openai_compatible", "llama3.1:8b", "custom_openai/llama3.1:8b", "llama3.1:8b"),
        ("openai_compatible", "duo_chat:raw", "custom_openai/duo_chat:raw", "duo_chat:raw"),
        ("azure_openai", "chat-prod", "azure/chat-prod", "chat-prod"),
        ("azure_openai", "azure/chat-prod", "azure/chat-prod", "chat-prod"),
        ("azure_openai", "azure", "azure/azure", "azure"),
        ("openai", "gpt-5", "openai/gpt-5", "gpt-5"),
        ("anthropic", "claude-opus-4-6", "anthropic/claude-opus-4-6", "claude-opus-4-6"),
        ("vertex_ai", "claude-sonnet-4-6@default", "vertex_ai/claude-sonnet-4-6@default", "claude-sonnet-4-6@default"),
        ("bedrock", "eu.vendor.model-v1:0", "bedrock/eu.vendor.model-v1:0", "eu.vendor.model-v1:0"),
        ("bedrock", "arn:aws:bedrock:r:1:x/y", "bedrock/converse/arn:aws:bedrock:r:1:x/y", "arn:aws:bedrock:r:1:x/y"),
        ("bedrock", "bedrock/converse/arn:aws:x", "bedrock/converse/arn:aws:x", "arn:aws:x"),
        ("bedrock", "bedrock/arn:aws:x", "bedrock/converse/arn:aws:x", "arn:aws:x"),
    ],
)
def test_the_prefix_is_added_once(facts: Facts, platform: str, typed: str, text: str, served: str) -> None:
    assert identify(facts.platforms[platform], typed) == Identifier(text, served)


@pytest.mark.parametrize(
    "platform", ["openai_compatible", "azure_openai", "openai", "anthropic", "bedrock", "vertex_ai"]
)
def test_completing_twice_changes_nothing(facts: Facts, platform: str) -> None:
    once = identify(facts.platforms[platform], "a-name")
    assert identify(facts.platforms[platform], once.text) == once


@pytest.mark.parametrize("typed", ["", "  ", "custom_openai/", " custom_openai/ "])
def test_a_name_must_follow_the_prefix(facts: Facts, typed: str) -> None:
    with pytest.raises(ValueError, match="Type the served name after custom_openai/"):
        identify(facts.platforms["openai_compatible"], typed)


@pytest.mark.parametrize("typed", ["two words", "a\tb", "a\u200bb", "a\x00b"])
def test_blanks_and_invisible_characters_are_refused(facts: Facts, typed: str) -> None:
    with pytest.raises(ValueError, match="Remove the blanks"):
        identify(facts.platforms["azure_openai"], typed)


def test_gitlab_takes_255_characters_with_the_prefix(facts: Facts) -> None:
    platform = facts.platforms["openai_compatible"]
    longest = "x" * (255 - len(platform.prefix))
    assert len(identify(platform, longest).text) == 255
    with pytest.raises(ValueError, match=r"GitLab takes 255 characters; with custom_openai/ these are 256\."):
        identify(platform, longest + "x")


def test_another_platforms_prefix_is_refused_where_it_cannot_be_a_name(facts: Facts) -> None:
    others = facts.platforms.values()
    with pytest.raises(ValueError, match="openai/ belongs to OpenAI"):
        identify(facts.platforms["azure_openai"], "openai/gpt-5", others)
    assert identify(facts.platforms["openai_compatible"], "openai/gpt-5", others).served_name == "openai/gpt-5"
