"""What Prometheus may ask of the server: requests, records, latencies, batches, versions, restarts.

The `role` is that of the champion, or of the challenger on trial.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
RECORDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384, 65536)


class Measures:
    """The figures of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        case, role, asked = ["case"], ["case", "role"], self.registry
        self.requests = Counter(
            "caselab_requests",
            "Requests by HTTP status.",
            ["case", "version", "status"],
            registry=asked,
        )
        self.records = Counter("caselab_records", "Records answered.", case, registry=asked)
        self.seconds = Histogram(
            "caselab_request_seconds",
            "From a request's last byte to its answer.",
            case,
            buckets=SECONDS,
            registry=asked,
        )
        self.batches = Histogram(
            "caselab_batch_records",
            "Records that a model was asked at once.",
            role,
            buckets=RECORDS,
            registry=asked,
        )
        self.waiting = Gauge("caselab_waiting", "Requests that wait.", role, registry=asked)
        self.version = Gauge(
            "caselab_version", "Version that answers, 0 if none.", role, registry=asked
        )
        self.ready = Gauge("caselab_ready", "1 where a version can answer.", role, registry=asked)
        self.starts = Counter(
            "caselab_worker_starts", "Processes of a model that were started.", role, registry=asked
        )
        self.asked = Histogram(
            "caselab_asked_seconds",
            "From a request's place in line to its version's answer.",
            role,
            buckets=SECONDS,
            registry=asked,
        )
        self.failures = Counter(
            "caselab_trial_failures",
            "Requests that the champion answered because the version on trial could not.",
            ["case", "version"],
            registry=asked,
        )
        self.shadow = Counter(
            "caselab_shadow_requests",
            "Requests that the version on trial was asked in the shadow, or was not.",
            ["case", "outcome"],
            registry=asked,
        )
        self.unlogged = Counter(
            "caselab_unlogged", "Requests that could not be written down.", case, registry=asked
        )

    def text(self) -> bytes:
        """Return all of them as Prometheus reads them."""
        return generate_latest(self.registry)
