"""Figures as Prometheus reads them: by its own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

Reading = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Reading:
    """Every sample by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(reading: Reading, name: str, **labels: str) -> float:
    return reading[f"orderfolio_{name}", frozenset(labels.items())]
