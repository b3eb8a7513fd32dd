"""All cases of the table, and the codes that no wire shows in a test."""

from tests.fakes.wire_faults import abilities, answers, clouds, keys, network, tls

CASES = (*network.CASES, *tls.CASES, *keys.CASES, *answers.CASES, *clouds.CASES, *abilities.CASES)
# Why a code is not among the cases.
NOT_ON_A_WIRE = {
    "unreachable": "Only a machine without a route shows it; tests/lib makes connect() fail so.",
    "silence_timeout": "No call of a test limits silence alone: total_timeout tells of it.",
    "stopped": "Somebody pressed Stop: tests/jobs.",
    "interrupted": "Modelport itself was stopped: tests/jobs.",
    "not_tried": "Nothing was asked.",
    "key_unreadable": "Nothing was asked: tests/services/test_probes.py.",
    "unexpected": "A fault of Modelport's own; none of the cases may end in it.",
    "stream_lump": "Takes seconds of waiting; with a clock of its own in test_probing_cadence.py.",
    "slow_first_token": "The same, in test_probing_warmth.py.",
    "cold_start": "The same, in test_probing_warmth.py.",
    "context_slow": "The same, in test_probing_context.py.",
    "image_unsupported": "No step sends a picture; callers do: tests/gateway/test_chains.py.",
}
