"""What a model server can do wrong, by name."""

from enum import StrEnum


class Fault(StrEnum):
    """One way to misbehave; NONE is a healthy server."""

    NONE = "none"

    # The connection
    CLOSE_AT_ONCE = "close_at_once"
    NO_ANSWER = "no_answer"
    HANG = "hang"
    HANG_MID_BODY = "hang_mid_body"
    DRIP = "drip"
    CHUNK_GARBAGE = "chunk_garbage"
    HUGE_BODY = "huge_body"
    HUGE_HEADERS = "huge_headers"

    # The answer
    HTML = "html"
    BAD_GATEWAY = "bad_gateway"
    REDIRECT = "redirect"
    ERROR_IN_200 = "error_in_200"
    BAD_JSON = "bad_json"
    EMPTY_BODY = "empty_body"

    # The list of models
    MARKUP_NAMES = "markup_names"
    EMPTY_LIST = "empty_list"
    NAMELESS_LIST = "nameless_list"
    NO_LIST = "no_list"

    # The reply
    NO_CHOICES = "no_choices"
    EMPTY_REPLY = "empty_reply"
    MARKUP_REPLY = "markup_reply"

    # The stream
    HALF_STREAM = "half_stream"
    HANG_MID_STREAM = "hang_mid_stream"
    ONE_LUMP = "one_lump"
    NO_DONE = "no_done"
    NOT_A_STREAM = "not_a_stream"
    STREAM_GARBAGE = "stream_garbage"
    ERROR_IN_STREAM = "error_in_stream"
    ENDLESS_STREAM = "endless_stream"

    # Refusals
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NO_MODEL = "no_model"
    NO_PATH = "no_path"
    RATE_LIMITED = "rate_limited"
    LOADING = "loading"
    SERVER_ERROR = "server_error"
    MAX_TOKENS_REFUSED = "max_tokens_refused"
    TEMPERATURE_REFUSED = "temperature_refused"
    SYSTEM_REFUSED = "system_refused"
    STREAM_REFUSED = "stream_refused"
    CONTEXT_EXCEEDED = "context_exceeded"


# What a server refuses about the content of a request.
CONTENT = frozenset(
    {
        Fault.MAX_TOKENS_REFUSED,
        Fault.TEMPERATURE_REFUSED,
        Fault.SYSTEM_REFUSED,
        Fault.STREAM_REFUSED,
        Fault.CONTEXT_EXCEEDED,
    }
)


class Place(StrEnum):
    """Which requests a fault concerns."""

    ANYWHERE = "anywhere"
    MODELS = "models"
    CHAT = "chat"
    STREAM = "stream"


MARKUP = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<button hx-get='/auth/logout' hx-trigger='load'>x</button>",
    "\u202egnp.live\u202c\u0000\u001b[31m",
    "n" * 5000,
)
