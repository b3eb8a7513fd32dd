"""The question that a quick test asks, and what may have to be left out of it."""

ANSWER_TOKENS = 16

SYSTEM_TEXT = "You are checking that a connection works. Answer in one short sentence."
USER_TEXT = "Say that the connection works."
# What a server may refuse although it serves the model, and what is left out or renamed for it.
QUIRK_OF = {
    "max_tokens_unsupported": "max_completion_tokens",
    "temperature_unsupported": "no_temperature",
    "system_unsupported": "no_system",
}
