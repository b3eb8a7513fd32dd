"""What Prometheus is told: everything comes from rows that the workers share.

So it matters not which worker is asked, and nothing falls when one starts anew. Names, labels and buckets are those of
OpenTelemetry's semantic conventions for generative AI (gen-ai-metrics), as Prometheus spells them: the model that was
asked for is the feature, the one that answered is what the endpoint serves.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import accumulate, groupby

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from app.domain.usage import DURATION_BOUNDS, FIRST_TOKEN_BOUNDS, TOKEN_BOUNDS, together
from app.models.store import Store
from app.queries import usage_totals as query
from app.queries.usage_totals import Total

# Each pair of a feature and an endpoint has about 50 series, and 17 more for each kind of error.
MOST_PAIRS = 100
MOST_ENDPOINTS = 1000
_SECOND = 1000.0
# Well-known values of gen_ai.provider.name; a platform that has none goes by its own name.
_PROVIDERS = {"azure_openai": "azure.ai.openai", "bedrock": "aws.bedrock", "vertex_ai": "gcp.vertex_ai"}
_LABELS = (
    "gen_ai_operation_name", "gen_ai_request_model", "gen_ai_response_model", "gen_ai_provider_name",
    "modelport_endpoint",
)  # fmt: skip
Buckets = list[tuple[str, float]]


class Totals(Collector):
    """Reads the rows whenever it is asked."""

    def __init__(self, store: Store, version: str) -> None:
        self._store = store
        self._version = version

    def collect(self) -> Iterable[Metric]:
        """Every metric with its samples."""
        totals = query.busiest(self._store, MOST_PAIRS)
        yield _durations(totals.rows)
        pairs = [list(rows) for _, rows in groupby(totals.rows, key=_pair_of)]
        yield _tokens(pairs)
        yield _first_tokens(pairs)
        left_out = "Pairs of feature and endpoint that are not shown, those with the fewest calls."
        yield GaugeMetricFamily("modelport_usage_pairs_left_out", left_out, totals.left_out)
        yield _resting(query.resting(self._store, MOST_ENDPOINTS))
        yield InfoMetricFamily("modelport_build", "The version that answers.", {"version": self._version})


def _pair_of(total: Total) -> tuple[str, str, str]:
    return total.operation, total.feature, total.endpoint


def _labels(total: Total) -> tuple[str, ...]:
    provider = _PROVIDERS.get(total.platform, total.platform)
    return total.operation, total.feature, total.served_name, provider, total.endpoint


def _durations(rows: Iterable[Total]) -> Metric:
    metric = HistogramMetricFamily(
        "gen_ai_client_operation_duration_seconds", "How long calls took.", labels=(*_LABELS, "error_type")
    )
    for row in rows:
        buckets = _up_to(_seconds(DURATION_BOUNDS), row.duration_buckets)
        metric.add_metric((*_labels(row), row.error), buckets, row.duration_ms / _SECOND)
    return metric


def _tokens(pairs: Iterable[Sequence[Total]]) -> Metric:
    metric = HistogramMetricFamily(
        "gen_ai_client_token_usage", "Tokens of calls, stated or estimated.", labels=(*_LABELS, "gen_ai_token_type")
    )
    for pair in pairs:
        asked = reduce(together, (row.prompt_buckets for row in pair))
        told = reduce(together, (row.completion_buckets for row in pair))
        # The first row, of calls that went well where there are any, says what is served.
        labels = _labels(pair[0])
        metric.add_metric((*labels, "input"), _up_to(TOKEN_BOUNDS, asked), sum(row.prompt_tokens for row in pair))
        metric.add_metric((*labels, "output"), _up_to(TOKEN_BOUNDS, told), sum(row.completion_tokens for row in pair))
    return metric


def _first_tokens(pairs: Iterable[Sequence[Total]]) -> Metric:
    metric = HistogramMetricFamily(
        "gen_ai_server_time_to_first_token_seconds", "How long streams took to begin.", labels=_LABELS
    )
    for pair in pairs:
        buckets = reduce(together, (row.first_token_buckets for row in pair))
        if any(buckets):
            spent = sum(row.first_token_ms for row in pair) / _SECOND
            metric.add_metric(_labels(pair[0]), _up_to(_seconds(FIRST_TOKEN_BOUNDS), buckets), spent)
    return metric


def _resting(endpoints: Iterable[tuple[str, bool]]) -> Metric:
    metric = GaugeMetricFamily(
        "modelport_endpoint_resting",
        "1 where an endpoint is left alone for a while after too many failures.",
        labels=["modelport_endpoint"],
    )
    for slug, rests in endpoints:
        metric.add_metric([slug], int(rests))
    return metric


def _seconds(bounds: Sequence[int]) -> list[float]:
    return [bound / _SECOND for bound in bounds]


def _up_to(bounds: Sequence[float], counts: Sequence[int]) -> Buckets:
    """Counts up to each bound, as Prometheus wants them; a list from before a bound was added is filled up."""
    padded = [*counts, *[0] * (len(bounds) + 1 - len(counts))]
    return list(zip([*map(floatToGoString, bounds), "+Inf"], accumulate(padded), strict=True))
