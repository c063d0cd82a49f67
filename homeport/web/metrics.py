"""`GET /metrics`: Prometheus text, names after OpenTelemetry's GenAI conventions.

Records are folded in a batch at a time (see storage.usage), so a request pays nothing for being counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from homeport.core.metering import UsageRecord

CONTENT_TYPE = CONTENT_TYPE_LATEST

# The bucket boundaries that OpenTelemetry's GenAI conventions advise.
_DURATION_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST_TOKEN_S = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304)


class _Histogram:
    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        running, rows = 0, []
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            running += count
            rows.append((bound, float(running)))
        return rows


class Metrics(Collector):
    """Sums of all records, by operation, model and status."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(self)
        self._requests: dict[tuple[str, str, str], int] = defaultdict(int)
        self._token_sums: dict[tuple[str, str, str], int] = defaultdict(int)
        self._tokens: dict[tuple[str, str, str], _Histogram] = defaultdict(lambda: _Histogram(_TOKENS))
        self._durations: dict[tuple[str, str], _Histogram] = defaultdict(lambda: _Histogram(_DURATION_S))
        self._first_tokens: dict[tuple[str, str], _Histogram] = defaultdict(lambda: _Histogram(_FIRST_TOKEN_S))

    def observe(self, records: list[UsageRecord]) -> None:
        for record in records:
            # A name that no engine knows is the caller's invention: it must not become a label.
            name = (record.operation, record.model if record.status < 400 or record.status == 499 else "")
            self._requests[(*name, str(record.status))] += 1
            self._durations[name].observe(record.duration_s)
            if record.first_token_s is not None:
                self._first_tokens[name].observe(record.first_token_s)
            for kind, count in (("input", record.prompt_tokens), ("output", record.completion_tokens)):
                if count:
                    self._token_sums[(*name, kind)] += count
                    self._tokens[(*name, kind)].observe(count)

    def collect(self) -> Iterator[Metric]:
        labels = ["gen_ai_operation_name", "gen_ai_request_model"]
        requests = CounterMetricFamily(
            "homeport_requests", "Requests by operation, model and status.", labels=[*labels, "status"]
        )
        for key, value in self._requests.items():
            requests.add_metric(key, value)
        yield requests
        tokens = CounterMetricFamily(
            "homeport_tokens", "Tokens used, input and output.", labels=[*labels, "gen_ai_token_type"]
        )
        for key, value in self._token_sums.items():
            tokens.add_metric(key, value)
        yield tokens
        yield _family("gen_ai_client_token_usage", "Tokens of a request.", [*labels, "gen_ai_token_type"], self._tokens)
        yield _family(
            "gen_ai_server_request_duration_seconds", "Time from request to end of answer.", labels, self._durations
        )
        yield _family(
            "gen_ai_server_time_to_first_token_seconds", "Time to the first token.", labels, self._first_tokens
        )

    def render(self) -> bytes:
        return generate_latest(self.registry)


def _family(name: str, help_text: str, labels: list[str], histograms: Mapping[Any, _Histogram]) -> Metric:
    family = HistogramMetricFamily(name, help_text, labels=labels)
    for key, histogram in histograms.items():
        family.add_metric(key, histogram.buckets(), histogram.total)
    return family
