"""The hooks a plugin may implement; each returns Specs and imports nothing heavy."""

from __future__ import annotations

import pluggy

from xaibrain.core.spec import ReaderSpec, Spec

hookspec = pluggy.HookspecMarker("xaibrain")
hookimpl = pluggy.HookimplMarker("xaibrain")


@hookspec
def xaibrain_datasets() -> list[Spec]:  # type: ignore[empty-body]
    """Datasets: each target makes a `xaibrain.Dataset` from typed options."""


@hookspec
def xaibrain_models() -> list[Spec]:  # type: ignore[empty-body]
    """Models: each target makes a `xaibrain.Model` from typed options."""


@hookspec
def xaibrain_explainers() -> list[Spec]:  # type: ignore[empty-body]
    """Explainers: each target makes a `xaibrain.Explainer` from typed parameters."""


@hookspec
def xaibrain_metrics() -> list[Spec]:  # type: ignore[empty-body]
    """Metrics: each target makes a `xaibrain.Metric` from typed parameters."""


@hookspec
def xaibrain_engines() -> list[Spec]:  # type: ignore[empty-body]
    """Engines: each target makes a `xaibrain.Engine`."""


@hookspec
def xaibrain_readers() -> list[ReaderSpec]:  # type: ignore[empty-body]
    """Readers: each target makes a `xaibrain.Reader` from typed options; the files it reads are declared."""


@hookspec
def xaibrain_writers() -> list[Spec]:  # type: ignore[empty-body]
    """Writers: each target makes a `xaibrain.Writer` from typed options."""


@hookspec
def xaibrain_executors() -> list[Spec]:  # type: ignore[empty-body]
    """Executors: each target makes a `xaibrain.Executor` from typed options."""
