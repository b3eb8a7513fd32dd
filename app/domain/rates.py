"""How often in a minute something may be asked for: by a person, or from a network.

The windows are a minute of the clock, as those of tokens are (`limits`), and the workers share what is left in the same
way: in portions.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` in a minute for one subject; `kind` names it in the database (16 characters at most).

    `sentence` is told past it; it may name {most} and {wait}, which is in seconds.
    """

    kind: str
    most: int
    sentence: str

    def refusal(self, wait: int) -> str:
        """What is told to whoever has to wait so many seconds."""
        return self.sentence.format(most=self.most, wait=wait)


FAILED_TOKENS_A_MINUTE = 60


def tests(most: int) -> Rate:
    """Connection tests and Find models together, by person or token; a batch counts as one."""
    return Rate("tests", most, "More than {most} tests and searches for models a minute are not run. Wait {wait} s.")


# Past it a good token is still taken: colleagues behind one address do not pay for each other's mistakes.
FAILED_TOKENS = Rate(
    "tokens",
    FAILED_TOKENS_A_MINUTE,
    "Your network has sent more than {most} requests without a good token within a minute. Wait {wait} s.",
)
