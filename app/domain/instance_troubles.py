"""Why GitLab could not be read or changed: a code, what it says, and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """`message` says what happened, `remedy` what to do; `{words}` in a message is GitLab's own text."""

    message: str
    remedy: str


TROUBLES = {
    "unset": Trouble(
        "No instance is connected.",
        "Set MODELPORT_GITLAB_URL and MODELPORT_GITLAB_TOKEN, then start Modelport again.",
    ),
    "unreachable": Trouble(
        "GitLab could not be reached: {words}",
        "Check MODELPORT_GITLAB_URL, the network between the two, and the rules for outbound calls.",
    ),
    "redirected": Trouble(
        "The address answers with a redirect ({words}), which is not followed: the token is for this host alone.",
        "Set MODELPORT_GITLAB_URL to the address that GitLab itself shows as its external URL.",
    ),
    "sign_in_page": Trouble(
        "The address leads to a sign-in page instead of GitLab's API.",
        "Let a proxy or single sign-on in front of GitLab pass /api through.",
    ),
    "not_gitlab": Trouble(
        "What answers there is not GitLab's API: {words}",
        "Check MODELPORT_GITLAB_URL: scheme, host, port and, where GitLab lies below a path, the path.",
    ),
    "token_refused": Trouble(
        "GitLab refuses the token: it is wrong, has expired or was revoked.",
        "Make another one for an administrator with the scope api, and set it as MODELPORT_GITLAB_TOKEN.",
    ),
    "token_scope": Trouble(
        "The token may not do this: GitLab says its scope is too narrow.",
        "Make a token with the scope api; read_api can read but changes nothing.",
    ),
    "forbidden": Trouble(
        "GitLab says no: {words}",
        "The token has to belong to an administrator, and the instance needs a licence and add-on that include "
        "self-hosted models.",
    ),
    "no_licence": Trouble(
        "This GitLab shows no self-hosted models: {words}",
        "It needs Premium or Ultimate with GitLab Duo Enterprise or the Agent Platform add-on; synchronise the "
        "subscription in the admin area, and use an administrator's token.",
    ),
    "too_old": Trouble(
        "This GitLab lacks what is needed: {words}",
        "Modelport keeps instances of GitLab 18.9 and later in step.",
    ),
    "rate_limited": Trouble(
        "GitLab asks to wait: it allows no more requests for now.",
        "Try again in a few minutes, or raise GitLab's rate limit for the API.",
    ),
    "unavailable": Trouble(
        "GitLab is not available at the moment: {words}",
        "Try again when it is up; nothing was changed by this request.",
    ),
    "incomplete": Trouble(
        "GitLab gave only a part of the answer: {words}",
        "Nothing is planned on a part. Read again; if it stays so, look into GitLab's logs.",
    ),
    "refused": Trouble(
        "GitLab refuses it: {words}",
        "Change what it complains about, then look at the plan again.",
    ),
    "unclear": Trouble(
        "GitLab took the request and did not answer, so nobody knows whether it was done.",
        "Read GitLab again: the plan shows what is left to do.",
    ),
}  # fmt: skip


class InstanceError(Exception):
    """GitLab could not be read or changed. `code` is one of TROUBLES, `words` GitLab's own, without secrets."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words

    @property
    def message(self) -> str:
        """What happened, in a sentence."""
        return message_of(self.code, self.words)

    @property
    def remedy(self) -> str:
        """What to do."""
        return remedy_of(self.code)


def message_of(code: str, words: str) -> str:
    """What happened; an unknown code, of another version, shows the words alone."""
    return TROUBLES[code].message.replace("{words}", words or "it says no more.") if code in TROUBLES else words


def remedy_of(code: str) -> str:
    """What to do; "" for an unknown code."""
    return TROUBLES[code].remedy if code in TROUBLES else ""
