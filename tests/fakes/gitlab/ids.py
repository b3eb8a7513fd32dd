"""GitLab's global ids of self-hosted models."""

import re

from graphql import GraphQLError

PATTERN = re.compile(r"gid://gitlab/Ai::SelfHostedModel/(\d+)")


def gid_of(number: int) -> str:
    """The global id of the model with this number."""
    return f"gid://gitlab/Ai::SelfHostedModel/{number}"


def number_of(gid: str) -> int:
    """The number in a global id; -1 for what is none."""
    found = PATTERN.fullmatch(gid)
    return int(found[1]) if found else -1


def model_gid(value: object) -> str:
    """What the schema's scalar lets in; raises GraphQLError for the id of anything else."""
    if isinstance(value, str) and PATTERN.fullmatch(value):
        return value
    raise GraphQLError(f'"{value}" does not represent an instance of Ai::SelfHostedModel')
