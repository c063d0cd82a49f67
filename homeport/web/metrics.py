"""`GET /metrics`: Prometheus text, names after OpenTelemetry's GenAI conventions.

Records are folded in a batch at a time (see storage.usage), so a request pays nothing for being counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from homeport.core.aliases import family
from homeport.core.metering import HUNG_UP, UsageRecord
from homeport.engines.names import unpinned

CONTENT_TYPE = CONTENT_TYPE_LATEST

# The bucket boundaries that OpenTelemetry's GenAI conventions advise.
_DURATION_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST_TOKEN_S = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304)


_JOB_STATES = {"queued": "waiting", "running": "running", "failed": "dead"}


class _Histogram:
    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def add_to(self, family: HistogramMetricFamily, labels: list[str]) -> None:
        running, buckets = 0, []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            running += count
            buckets.append((bound, running))
        if running:
            family.add_metric(labels, buckets, self.total)


class _Series:
    """All that is counted of one operation on one model."""

    __slots__ = ("durations", "first_tokens", "input_tokens", "output_tokens", "statuses")

    def __init__(self) -> None:
        self.statuses: dict[int, int] = defaultdict(int)
        self.durations = _Histogram(_DURATION_S)
        self.first_tokens = _Histogram(_FIRST_TOKEN_S)
        self.input_tokens = _Histogram(_TOKENS)
        self.output_tokens = _Histogram(_TOKENS)


class Metrics(Collector):
    """Sums of all records."""

    def __init__(self, engines: Callable[[], Mapping[str, bool]]) -> None:
        """`engines`: name → healthy, asked at each scrape."""
        self._engines = engines
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(self)
        self._series: dict[tuple[str, str], _Series] = {}
        self._jobs: dict[tuple[str, str], int] = {}

    def observe(self, records: list[UsageRecord]) -> None:
        for record in records:
            # What a caller got wrong may be the model's name: an invention must not become a label. Nor must a pin's
            # date, which anyone can invent, too.
            is_named = record.status < 400 or record.status >= 500 or record.status == HUNG_UP
            model = _undated(record.model) if is_named else ""
            key = (record.operation, model)
            series = self._series.get(key)
            if series is None:
                series = self._series[key] = _Series()
            series.statuses[record.status] += 1
            series.durations.observe(record.duration_s)
            if record.first_token_s is not None:
                series.first_tokens.observe(record.first_token_s)
            if record.prompt_tokens:
                series.input_tokens.observe(record.prompt_tokens)
            if record.completion_tokens:
                series.output_tokens.observe(record.completion_tokens)

    def count_jobs(self, kinds: Iterable[str], counts: Mapping[tuple[str, str], int]) -> None:
        """`counts`: (kind, status) → jobs. Kinds of which there are none are told, too."""
        self._jobs = {(kind, status): 0 for kind in kinds for status in _JOB_STATES} | dict(counts)

    def collect(self) -> Iterator[Metric]:
        labels = ["gen_ai_operation_name", "gen_ai_request_model"]
        requests = CounterMetricFamily(
            "homeport_requests", "Requests by operation, model and status.", labels=[*labels, "status"]
        )
        tokens = CounterMetricFamily(
            "homeport_tokens", "Tokens used, input and output.", labels=[*labels, "gen_ai_token_type"]
        )
        usage = HistogramMetricFamily(
            "gen_ai_client_token_usage", "Tokens of a request.", labels=[*labels, "gen_ai_token_type"]
        )
        durations = HistogramMetricFamily(
            "gen_ai_server_request_duration_seconds", "From a request to the end of its answer.", labels=labels
        )
        first_tokens = HistogramMetricFamily(
            "gen_ai_server_time_to_first_token_seconds", "From a request to its first token.", labels=labels
        )
        for key, series in self._series.items():
            for status, count in series.statuses.items():
                requests.add_metric([*key, str(status)], count)
            for kind, histogram in (("input", series.input_tokens), ("output", series.output_tokens)):
                if histogram.total:  # what generates nothing has no tokens to count
                    tokens.add_metric([*key, kind], histogram.total)
                histogram.add_to(usage, [*key, kind])
            series.durations.add_to(durations, list(key))
            series.first_tokens.add_to(first_tokens, list(key))
        healthy = GaugeMetricFamily("homeport_engine_healthy", "Whether an engine takes requests.", labels=["engine"])
        for engine, value in self._engines().items():
            healthy.add_metric([engine], value)
        jobs = GaugeMetricFamily(
            "homeport_jobs", "Jobs waiting, running, and dead: failed for good.", labels=["kind", "state"]
        )
        for (kind, state), number in self._jobs.items():
            jobs.add_metric([kind, _JOB_STATES[state]], number)
        yield from (jobs, requests, tokens, usage, durations, first_tokens, healthy)

    def render(self) -> bytes:
        return generate_latest(self.registry)


@lru_cache(1024)
def _undated(model: str) -> str:
    plain = unpinned(model)
    return family(plain) or plain
