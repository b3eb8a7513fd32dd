"""Why feature calls are refused, as the help page explains it: every code that callers may meet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One code with the status it comes with."""

    name: str
    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """Codes that ask for the same kind of cure."""

    title: str
    codes: tuple[Code, ...]


GROUPS = (
    Group(
        "The token",
        (
            Code("token_refused", 401, "It is missing, mistyped, revoked or past its end."),
            Code("feature_not_allowed", 403, "It may not call this feature. A viewer's token calls none."),
            Code("endpoint_not_allowed", 403, "Endpoints by their slug take a token with the role editor or admin."),
            Code("busy", 429, "One of its limits is reached. Wait as long as Retry-After says."),
        ),
    ),
    Group(
        "What was asked for",
        (
            Code("not_found", 404, "The address below /v1 is wrong. Mind that the base URL ends in /v1, once."),
            Code("method_not_allowed", 405, "The address does not take that method; the header Allow says which."),
            Code("model_missing", 400, "The request names no model."),
            Code("model_not_found", 404, "Neither a feature nor an endpoint has that name."),
            Code("feature_unassigned", 404, "No model is assigned to the feature yet."),
            Code("feature_managed", 404, "The feature is left to GitLab's own model, which only GitLab reaches."),
            Code("feature_disabled", 403, "An admin has disabled the feature."),
            Code("endpoint_disabled", 503, "Every endpoint that could answer is switched off."),
        ),
    ),
    Group(
        "The request",
        (
            Code("not_json", 415, "The header Content-Type has to say application/json."),
            Code("invalid_json", 400, "The body is no JSON object in UTF-8, or nested too deeply."),
            Code("request_too_large", 413, "The body is larger than 10 MiB."),
            Code("messages_or_inputs", 400, "Send exactly one of both, and not empty."),
            Code("invalid_type", 400, "A parameter has a wrong type or is out of bounds; param names it."),
            Code("invalid_value", 400, "The name in model is too long, or cannot be printed."),
            Code("invalid", 400, "An input is missing, unknown or over its limit."),
            Code("invalid_request", 400, "The server refuses the request in its own words."),
            Code("context_length_exceeded", 400, "The text is longer than the model reads."),
        ),
    ),
    Group(
        "What the endpoint cannot do",
        (
            Code("tools_unsupported", 400, "It calls no tools, by its last test or its own words."),
            Code("tool_choice_unsupported", 400, "It cannot be made to call a tool."),
            Code("response_format_unsupported", 400, "It does not keep to a JSON format."),
            Code("stream_unsupported", 400, "It does not stream; ask without stream."),
            Code("suffix_unsupported", 400, "It takes no suffix; ask for code_completions in place of it."),
            Code("embeddings_unsupported", 400, "It makes no embeddings."),
            Code("completions_unsupported", 400, "Only code_completions fills gaps; call others at chat/completions."),
            Code("image_unsupported", 400, "It cannot read pictures."),
            Code("stop_unsupported", 400, "It takes no stop words."),
            Code("temperature_unsupported", 400, "It takes no temperature, or not this one."),
            Code("max_tokens_unsupported", 400, "It does not take this limit of tokens."),
            Code("system_unsupported", 400, "It takes no system messages; call the feature without :raw."),
            Code("turns_unsupported", 400, "Its turns have to alternate; call the feature without :raw."),
            Code("n_unsupported", 400, "Only one answer at a time can be streamed here."),
            Code("unsupported_parameter", 400, "The endpoint's platform knows no such parameter; param names it."),
            Code("operation_unsupported", 400, "The endpoint's platform has no address for this."),
        ),
    ),
    Group(
        "The endpoint failed",
        (
            Code("endpoint_busy", 429, "It takes no more calls just now. Wait as long as Retry-After says."),
            Code("endpoint_unreachable", 502, "No connection came about, or it broke. Test the endpoint."),
            Code("endpoint_failed", 502, "It answered with a failure or with something that is no answer."),
            Code("endpoint_key_refused", 502, "It refuses the key that is stored for it. Replace the key."),
            Code("endpoint_misconfigured", 502, "Its address, model name or key is wrong. Test the endpoint."),
            Code("endpoint_credentials", 502, "Its cloud gave no credentials. Test the endpoint."),
            Code("endpoint_timeout", 504, "It took too long to begin."),
            Code("endpoint_broke_off", 200, "It stopped in the middle of a stream, whose last event says so."),
            Code("endpoints_resting", 503, "All that could answer rest after failures. Wait as Retry-After says."),
            Code("unavailable", 503, "Modelport's database or prompts cannot be read. Its log says why."),
            Code("internal_error", 500, "Modelport itself failed. X-Request-Id finds it in the log."),
        ),
    ),
)
