"""A version that answers without a process, and cases served by it."""

import threading
import time

import pandas as pd

from caselab import cases
from caselab.params.operating import Serving
from caselab.registry.model_process import ModelError, RefusedError
from caselab.serving import application
from caselab.serving.measures import Measures
from caselab.serving.served import Served

RECORD = {
    "customer_id": "a", "female": 0, "senior_citizen": 0, "partner": 1, "dependents": 0,
    "phone_service": 1, "paperless_billing": 1, "tenure": 5, "multiple_lines": "No",
    "internet_service": "DSL", "online_security": "No", "online_backup": "No",
    "device_protection": "No", "tech_support": "No", "streaming_tv": "No", "streaming_movies": "No",
    "contract": "One year", "payment_method": "Mailed check", "monthly_charges": 20.5,
    "total_charges": 100.25,
}  # fmt: skip

DOUBLE, BREAKS, KILLS, SLOW = 666, 667, 668, 669
"""Tenures: what a version refuses together with others, breaks on, dies of, takes for ever for."""


class Stub:
    """Answers tenure / 1000; what it was asked at once stands in `asked`."""

    def __init__(self, version=1, gathers="but for the estimator"):
        self.case, self.version, self.pipeline, self.gathers = (
            "churn",
            version,
            "churn-stub",
            gathers,
        )
        self.is_alive, self.pid, self.asked = True, 0, []
        self.settings = {"view": "table", "options": {}, "seed": 7}
        self.closed = False
        self.free, self.busy, self.killed = (threading.Event() for _ in range(3))
        self.free.set()

    def ask(self, records, how, requests=()):
        self.busy.set()
        self.free.wait(10)
        self.asked.append(records["tenure"].tolist())
        tenures = pd.to_numeric(records["tenure"])
        if SLOW in [*tenures]:
            self.killed.wait(10)
        if KILLS in [*tenures] or self.killed.is_set():
            self.is_alive = False
            raise ModelError("the model's process ended with code -9")
        if BREAKS in [*tenures]:
            raise ModelError("Traceback\nZeroDivisionError: division by zero")
        if DOUBLE in [*tenures] and (len(tenures) > 1 or how["strict"]):
            raise RefusedError("In the records column 'tenure' has 1 row that stands twice.")
        notes = ["no answer: tenure is odd" if t < 0 else "" for t in tenures]
        yes = (tenures / 1000).where(tenures >= 0)
        return pd.DataFrame(
            {"customer_id": records["customer_id"], "Yes": yes, "decision": "No", "notes": notes}
        )

    def kill(self):
        self.killed.set()

    def close(self):
        self.closed, self.is_alive = True, False


class Registry:
    """What is champion, by number; `start` makes stubs, or refuses those that are `broken`."""

    def __init__(self, version=1, gathers="but for the estimator"):
        self.version, self.gathers, self.broken, self.started = version, gathers, {}, []
        self.trial = None

    def look(self, _):
        if self.version is None:
            return None
        present = {"store": "s", "version": self.version, "folder": f"/{self.version}"}
        return present | {"trial": self.trial}

    def on_trial(self, version, share):
        """Try a version from now on, by the share of ids that it answers."""
        self.trial = {
            "name": f"trial of {version}", "store": "s", "version": version,
            "folder": f"/{version}", "pipeline": "churn-stub", "share": share,
        }  # fmt: skip

    def start(self, present):
        if error := self.broken.get(present["version"]):
            raise error
        self.started.append(Stub(present["version"], self.gathers))
        return self.started[-1]


def application_of(registry, token=None, **settings):
    """Return an application that serves churn, and what stands behind it."""
    measures = Measures()
    settings = Serving(**{"poll": 0.02, "time_limit": 5.0} | settings)
    served = Served(
        cases.load("churn"), settings, measures, look=registry.look, start=registry.start,
        example=RECORD,
    )  # fmt: skip
    return application.build({"churn": served}, measures, token), served


def until(true, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
