"""Calls to the one GitLab instance: its token goes along in a header, to its address alone."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.clients.gitlab.answers import Reading
from app.clients.gitlab.manner import READ, Manner, Passing
from app.clients.gitlab.operations import operation
from app.domain.instance_troubles import InstanceError
from app.lib.http import Answer, Call, Door, OutboundError
from app.lib.urls import Address

T = TypeVar("T")
Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """The GitLab that is spoken to; `address` has a path where GitLab lies below one."""

    address: Address
    token: str = field(repr=False)


class Wire:
    """Sends, waits and repeats as a call's manner allows; every failure is an InstanceError."""

    def __init__(self, door: Door, instance: Instance, sleep: Callable[[float], None] = time.sleep) -> None:
        self._door = door
        self._instance = instance
        self._sleep = sleep

    @property
    def token(self) -> tuple[str, ...]:
        """What must be in no text, as the functions for texts take it."""
        return (self._instance.token,)

    def graphql(
        self,
        name: str,
        variables: Mapping[str, Any],
        manner: Manner = READ,
        *,
        is_18: bool = False,
        secrets: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """The `data` of an operation's answer, which had no errors beside it; `secrets` are in the variables."""
        body = {"query": operation(name, is_18=is_18), "variables": dict(variables)}
        call = self._call("POST", "api/graphql", body=body)
        reading = Reading(manner, str(call.address), self.token + secrets)
        try:
            return self._until_read(call, reading, reading.data)
        except InstanceError as error:
            if error.code == "token_refused" and self._is_narrow():
                raise InstanceError("token_scope") from error
            raise

    def rest(self, path: str, query: Query = ()) -> Any:
        """The JSON of a GET below /api/v4; None where GitLab has no such thing, or not for us."""
        call = self._call("GET", f"api/v4/{path}", query=query)
        reading = Reading(READ, str(call.address), self.token)
        try:
            return self._until_read(call, reading, reading.value)
        except InstanceError as error:
            if error.code in ("forbidden", "token_scope", "not_gitlab"):
                return None
            raise

    def _is_narrow(self) -> bool:
        """Whether the token is valid, but for other things: GraphQL calls such a one invalid, too."""
        try:
            told = self.rest("personal_access_tokens/self")
        except InstanceError:
            return False
        scopes = told.get("scopes") if isinstance(told, dict) else None
        return isinstance(scopes, list) and not {"api", "read_api"} & {each for each in scopes if isinstance(each, str)}

    def _call(self, method: str, path: str, *, query: Query = (), body: Any = None) -> Call:
        headers = {"authorization": f"Bearer {self._instance.token}", "accept": "application/json"}
        return Call(method, self._instance.address.join(path), headers, query, body, secret=True)

    def _until_read(self, call: Call, reading: Reading, read: Callable[[Answer], T]) -> T:
        attempt = 1
        while True:
            try:
                return read(self._send(call, reading))
            except Passing as error:
                if attempt >= error.attempts:
                    raise
                attempt += 1
                self._sleep(error.pause)

    def _send(self, call: Call, reading: Reading) -> Answer:
        try:
            return self._door.send(call, reading.manner.limits)
        except OutboundError as error:
            raise reading.lost(error) from error
