"""Rehearse a Kubernetes change in a deterministic twin of the cluster, under load and faults."""

from seatrial._seatrial import version

__all__ = ["version"]
__version__ = version()
