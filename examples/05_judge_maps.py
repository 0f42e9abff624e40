"""Judge maps: one method by one metric, and methods against each other.

    python examples/05_judge_maps.py

Phantom slices know where their lesions are.
"""

import xaibrain


def share_on_the_lesion() -> None:
    """Score Grad-CAM's maps of a few slices."""
    # --8<-- [start:score]
    slices = xaibrain.load_dataset("phantom", count=4)
    maps = list(xaibrain.explain(slices, explainer="gradcam", target="label"))
    for one, score in zip(maps, xaibrain.score(maps, "relevance-mass"), strict=True):
        print(
            one.image.id, score.reason if score.value is None else f"{score.value:.2f}"
        )
    # --8<-- [end:score]


def compared() -> None:
    """Rank two methods."""
    # --8<-- [start:benchmark]
    found = xaibrain.benchmark(
        xaibrain.load_dataset("phantom", count=16),
        explainers=["gradcam", "gradcam++"],
        metrics=["relevance-mass"],
        target="label",
    )
    for standing in found.rankings["relevance-mass"].standings:
        mean = standing.mean
        print(
            standing.rank,
            standing.name,
            f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]",
        )
    # --8<-- [end:benchmark]


if __name__ == "__main__":
    share_on_the_lesion()
    compared()
