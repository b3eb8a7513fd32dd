"""What an answer over HTTP means, or its absence: the value in it, or the reason why there is none."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.clients.gitlab import complaints
from app.clients.gitlab.elsewhere import asks_to_sign_in, described, target_of
from app.clients.gitlab.manner import Manner, Passing
from app.clients.gitlab.words import joined
from app.domain.instance_troubles import InstanceError
from app.lib.http import Answer, Code, OutboundError

ATTEMPTS = 2
PAUSE = 0.5
# Longer than this a page is not kept waiting.
LONGEST_PAUSE = 10.0
_NEVER_MADE = frozenset({
    Code.DNS_FAILED, Code.DNS_TIMEOUT, Code.CONNECT_REFUSED, Code.CONNECT_TIMEOUT, Code.UNREACHABLE,
    Code.PROXY_FAILED, Code.TLS_TIMEOUT,
})  # fmt: skip
_MAYBE_SENT = frozenset({
    Code.FIRST_BYTE_TIMEOUT, Code.SILENCE_TIMEOUT, Code.TOTAL_TIMEOUT, Code.TOO_LARGE, Code.BROKEN, Code.BAD_HTTP,
    Code.STOPPED,
})  # fmt: skip
_BY_A_PROXY = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads the answers to calls of one manner; `secrets` are kept out of every word. `asked` is the URL called."""

    manner: Manner
    asked: str
    secrets: tuple[str, ...] = field(repr=False)

    def lost(self, error: OutboundError) -> InstanceError:
        """Why there is no answer."""
        if error.code in _MAYBE_SENT:
            if self.manner.changes:
                return InstanceError("unclear")
            passes = self.manner.repeats and not error.permanent
        else:
            passes = error.code in _NEVER_MADE
        if passes:
            return Passing("unreachable", error.sentence, PAUSE, ATTEMPTS)
        return InstanceError("unreachable", error.sentence)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The `data` of an answer in GraphQL; raises InstanceError."""
        body = self._json(answer)
        if isinstance(body, dict) and body.get("errors"):
            raise complaints.failure(body["errors"], body.get("data"), self.manner, self.secrets)
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict) or answer.status >= 400:
            raise self._otherwise(answer)
        return data

    def value(self, answer: Answer) -> Any:
        """Any JSON that is no complaint; raises InstanceError."""
        body = self._json(answer)
        if answer.status >= 400:
            raise self._otherwise(answer)
        return body

    def _json(self, answer: Answer) -> Any:
        """The JSON of an answer whose status is fine, or says no more than that a request was not liked."""
        if 300 <= answer.status < 400:
            target, signs_in = target_of(answer, self.asked, self.secrets)
            raise InstanceError("sign_in_page" if signs_in else "redirected", target)
        if answer.status == 429:
            raise _asked_to_wait(answer)
        if answer.status >= 500:
            raise self._down(answer)
        if asks_to_sign_in(answer):
            raise InstanceError("sign_in_page")
        if answer.status in (401, 403, 404):
            raise self._kept_out(answer)
        try:
            return answer.json()
        except ValueError:
            raise self._otherwise(answer) from None

    def _down(self, answer: Answer) -> InstanceError:
        # 503 is said by whoever did not pass it on. GraphQL's errors in it are of GitLab itself, which began; all
        # others may have lost an answer.
        if self.manner.changes and (answer.status != 503 or b'"errors"' in answer.body):
            return InstanceError("unclear")
        words = self._said(answer)
        if answer.status in _BY_A_PROXY and self.manner.repeats:
            return Passing("unavailable", words, PAUSE, ATTEMPTS)
        return InstanceError("unavailable", words)

    def _kept_out(self, answer: Answer) -> InstanceError:
        if answer.status == 401:
            return InstanceError("token_refused")
        if answer.status == 404:
            return InstanceError("not_gitlab", described(answer, self.secrets))
        narrow = b"insufficient_scope" in answer.body or "insufficient_scope" in answer.headers.get(
            "www-authenticate", ""
        )
        return InstanceError("token_scope") if narrow else InstanceError("forbidden", self._said(answer))

    def _otherwise(self, answer: Answer) -> InstanceError:
        """It cannot be read: of a change nobody knows then what became of it, unless it was refused as such."""
        if self.manner.changes and answer.status < 300:
            return InstanceError("unclear")
        if answer.status >= 400 and (words := self._complaint(answer)):
            return InstanceError("refused", words)
        return InstanceError("not_gitlab", described(answer, self.secrets))

    def _said(self, answer: Answer) -> str:
        return self._complaint(answer) or described(answer, self.secrets)

    def _complaint(self, answer: Answer) -> str:
        """What a JSON body complains of, in the forms of GitLab's GraphQL, REST and OAuth; "" for none."""
        try:
            body = answer.json()
        except ValueError:
            return ""
        if not isinstance(body, Mapping):
            return ""
        rows = body.get("errors")
        found = [each.get("message") for each in rows if isinstance(each, Mapping)] if isinstance(rows, list) else []
        return joined([*found, body.get("message"), body.get("error_description"), body.get("error")], self.secrets)


def _asked_to_wait(answer: Answer) -> InstanceError:
    seconds = _seconds(answer.headers.get("retry-after", ""))
    if seconds > LONGEST_PAUSE:
        return InstanceError("rate_limited")
    return Passing("rate_limited", "", seconds, complaints.RATE_ATTEMPTS)


def _seconds(text: str) -> float:
    """Retry-After as GitLab sends it, in whole seconds; a short pause where there is none."""
    if not text.isdecimal():
        return complaints.RATE_PAUSE
    return float(text) if len(text) < 6 else math.inf
