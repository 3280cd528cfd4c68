"""What is counted and timed, in the form that Prometheus reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.answer import Answer
from service.engine import Engine

_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """Of one process, or of all workers where `folder` is the one they share (PROMETHEUS_MULTIPROC_DIR)."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "communique_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "communique_request_seconds",
            "From a request to the end of its response.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "communique_stage_seconds",
            "The stages of an answer.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "communique_answers", "Questions by outcome.", ("status", "generator"), registry=self._registry
        )
        self._dropped = Counter(
            "communique_dropped_sentences",
            "Sentences of a language model that were not passed on, by what was wrong first.",
            ("check",),
            registry=self._registry,
        )

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern, never the path."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answered(self, answer: Answer) -> None:
        """Count an answer and time its stages."""
        self._answers.labels(answer.status, answer.generator).inc()
        for stage, milliseconds in answer.timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)
        for dropped in answer.dropped:
            self._dropped.labels(dropped.reasons[0].check).inc()

    def text(self, engine: Engine) -> bytes:
        """All of it, with the sizes of the store and its indexes as they are now."""
        registry = self._registry
        if self._folder:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        sizes = CollectorRegistry()
        sizes.register(_Sizes(engine))
        return generate_latest(registry) + generate_latest(sizes)


class _Sizes(Collector):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The sizes."""
        with self._engine.store() as store:
            counts, generation, folder = store.counts(), store.generation, store.folder
        for name, count in counts.items():
            yield GaugeMetricFamily(f"communique_{name}", f"How many {name} there are.", count)
        yield GaugeMetricFamily("communique_generation", "Grows with every write.", generation)
        sizes = GaugeMetricFamily("communique_bytes", "Bytes on disk.", labels=["part"])
        for part in ("statements.sqlite", "caches/dense.faiss", "caches/lexical", "jobs"):
            sizes.add_metric([part], _bytes(folder / part))
        yield sizes


def _bytes(path: Path) -> int:
    """Of a file, or of all files in a folder; those that go away meanwhile are passed over."""
    total = 0
    for file in [Path(place, name) for place, _, names in os.walk(path) for name in names] or [path]:
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total
