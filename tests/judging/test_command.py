"""`xaibrain benchmark` and `xaibrain metrics`, end to end."""

import json

SMALL = ("-d", "phantom", "-s", "dataset.size=64", "-n", 4, "--no-baselines")


def test_a_benchmark_of_drawn_slices(run, tmp_path):
    layers = ("-l", "auto", "-l", "stem_activation")
    asked = (*SMALL, *layers, "--metric", "relevance-mass", "--metric", "entropy", "-t", "label")
    code, out, err = run("benchmark", *asked)
    assert code == 0, err
    assert "relevance-mass ↑" in out
    assert "entropy ↓" in out
    assert "gradcam@stem_activation" in out
    assert "See xaibrain-benchmark/benchmark.md" in out
    record = json.loads((tmp_path / "xaibrain-benchmark" / "benchmark.json").read_text("utf-8"))
    assert record["pictures"] == 4
    assert record["rankings"]["relevance-mass"]["standings"][0]["undefined"] == {"the mask is empty": 1}
    code, out, err = run("benchmark", *asked)
    assert code == 2
    assert "add --overwrite" in err
    code, out, err = run(
        "benchmark", *asked, "--overwrite", "--json", "-s", "metric.threshold=1", "--metric", "iou"
    )
    assert code == 0
    assert json.loads(out)["metrics"]["iou"] == {"threshold": 1.0}


def test_wrong_requests_are_refused_in_one_line(run):
    for wrong, told in (
        (("--metric", "pointing"), "Did you mean 'pointing-game'"),
        (("-s", "metric.threshol=1", "--metric", "iou"), "Did you mean 'threshold'"),
        (("-e", "gradcan"), "Did you mean 'gradcam'"),
        (("-t", "all"), "one class a picture"),
    ):
        code, out, err = run("benchmark", *SMALL, *wrong)
        assert (code, out) == (2, "")
        assert told in err
        assert err.count("\n") == 1


def test_metrics_are_listed_and_shown(run):
    code, out, _ = run("metrics")
    assert code == 0
    assert "pointing-game" in out
    code, out, _ = run("metrics", "iou")
    assert "threshold" in out
    assert "higher is better" in out


def test_of_all_methods_those_that_mean_nothing_for_the_model_are_left_out(run, monkeypatch):
    from xaibrain.cli import methods

    few = ["saliency", "guided-backprop", "guided-gradcam"]
    monkeypatch.setattr(methods, "names_of", lambda kind, names: few if "all" in names else list(names))
    code, out, err = run("benchmark", *SMALL, "-e", "all", "--metric", "entropy")
    assert code == 0, err
    assert "saliency" in out
    assert "guided-backprop" not in out
    assert err.count("Left out: guided-") == 2
    code, _, err = run("benchmark", *SMALL, "-e", "guided-backprop", "--metric", "entropy", "-o", "other")
    assert code == 2
    assert "has no ReLU" in err
