"""A finished run, as data frames."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import pandas as pd

from seatrial import _seatrial


def frame(columns: dict[str, Any]) -> pd.DataFrame:
    """A data frame over the columns' own memory."""
    data = {
        name: pd.Categorical.from_codes(column[0], categories=column[1]) if isinstance(column, tuple) else column
        for name, column in columns.items()
    }
    return pd.DataFrame(data, copy=False)


class Result:
    """What a run gave. Times are float seconds since the start of the scenario, NaN for what did not happen.

    Columns of text are categoricals. Frames are made on first use, over memory that the simulator filled: their arrays
    are read-only and outlive the result.
    """

    def __init__(self, run: _seatrial.Run) -> None:
        self._run = run

    @property
    def scenario(self) -> str:
        """The scenario's name."""
        return self._run.scenario

    @property
    def variant(self) -> str | None:
        """The name of the variant; None for the base."""
        return self._run.variant or None

    @property
    def seed(self) -> int:
        """The seed of all draws."""
        return self._run.seed

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return self._run.passed

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits: equal runs have equal ones, on any machine."""
        return self._run.fingerprint

    def text(self) -> str:
        """The report as `seatrial run` prints it."""
        return self._run.text()

    @cached_property
    def json(self) -> dict[str, Any]:
        """The document of `seatrial run -o json`, schema seatrial.run/v1."""
        return json.loads(self._run.json())

    @cached_property
    def requests(self) -> pd.DataFrame:
        """Single requests, as `run(…, log_every=n)` kept them, in the order in which they ended.

        Columns: id, sent_ns, latency_ns (integers, nanoseconds), load, version, pod (namespace/name; missing if none
        was reached), outcome, attempts (by the client), tries (upstream, in the last attempt).
        """
        return frame(self._run.request_columns())

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """How many requests ended how: load, outcome, requests."""
        return frame(self._run.outcome_columns())

    @cached_property
    def seconds(self) -> pd.DataFrame:
        """By load and second of sending: second, load, sent, ok, failed, p50, p99 (seconds, of successes)."""
        return frame(self._run.second_columns())

    @cached_property
    def latency(self) -> pd.DataFrame:
        """Histogram of successful requests: load, version, lowest, highest (seconds, inclusive), count."""
        return frame(self._run.latency_columns())

    @cached_property
    def pods(self) -> pd.DataFrame:
        """One row for each pod, in order of creation.

        Columns: namespace, name, workload, version, node, zone; created, scheduled, started, listening, ready, deleted,
        sigterm, stopped_accepting, exited, gone (seconds); restarts, phase.
        """
        return frame(self._run.pod_columns())

    @cached_property
    def replicas(self) -> pd.DataFrame:
        """After each change: at (seconds), workload, version, replicas, ready, terminating."""
        return frame(self._run.replica_columns())

    @cached_property
    def events(self) -> pd.DataFrame:
        """As `kubectl get events`: first, last (seconds), count, namespace, type, reason, object, message."""
        return frame(self._run.event_columns())

    @cached_property
    def timeline(self) -> pd.DataFrame:
        """What happened to workloads: at (seconds), object, what, by_user."""
        return frame(self._run.timeline_columns())

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What went wrong, the gravest first: rule, severity, object, what, change, where, requests."""
        return frame(self._run.finding_columns())

    @cached_property
    def expectations(self) -> pd.DataFrame:
        """text, held, seen, where; in the order of the scenario."""
        return frame(self._run.expectation_columns())

    def __repr__(self) -> str:
        verdict = "passed" if self.passed else "failed"
        return f"<seatrial.Result {self.scenario}, seed {self.seed}: {verdict}, fingerprint {self.fingerprint}>"

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.passed else "#cf222e"
        verdict = "PASS" if self.passed else "FAIL"
        head = f"<b style='color:{colour}'>{verdict}</b> <b>{self.scenario}</b>, seed {self.seed}, {self.fingerprint}"
        tables = [self.expectations[["text", "held", "seen"]], self.outcomes]
        if len(self.findings):
            tables.append(self.findings[["severity", "what", "change", "where"]])
        return head + "".join(table.to_html(index=False) for table in tables)
