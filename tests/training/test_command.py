"""`xaibrain train`, as a user meets it."""

import numpy as np
import PIL.Image
import pytest
from pictures import small_network

import xaibrain
from xaibrain.keras.checkpoint import save_checkpoint
from xaibrain.models.card import read_card

DRAWN = ["-d", "phantom", "-s", "dataset.count=24", "-s", "dataset.size=48"]
ONCE = ["-s", "epochs=1", "-s", "warmup_epochs=0", "-s", "split=random", "-s", "held_out=0.3"]


@pytest.fixture
def start(tmp_path):
    """An untrained network of the phantom's classes, as a file."""
    classes = list(xaibrain.load_dataset("phantom", count=1).class_names)
    path = tmp_path / "start.keras"
    save_checkpoint(small_network(len(classes)), {"class_names": classes}, path)
    return path


def test_it_writes_a_checkpoint_and_what_else_was_asked_for(run, tmp_path, start):
    arguments = [
        *DRAWN,
        *ONCE,
        "-m",
        start,
        "-o",
        "out.keras",
        "--explanations",
        "maps",
        "--tensorboard",
        "logs",
    ]
    code, out, err = run("train", *arguments)
    assert code == 0, err
    card = read_card(tmp_path / "out.keras")
    assert out.startswith(f"held-out accuracy {card['held_out']['value']:.3f}")
    assert card["command"].startswith("xaibrain train -d phantom")
    with PIL.Image.open(tmp_path / "maps" / "epoch-001.png") as sheet:
        assert np.asarray(sheet).std() > 10
    assert [path.name for path in (tmp_path / "logs").rglob("events*")]
    assert {path.name for path in tmp_path.iterdir()} == {"start.keras", "out.keras", "maps", "logs"}
    # What the file was kept from is held out again when it is trained on.
    code, _, err = run("train", *DRAWN, *ONCE, "-s", "seed=7", "-m", "out.keras", "-o", "more.keras")
    assert code == 0, err
    assert read_card(tmp_path / "more.keras")["split"]["held_out"] == card["split"]["held_out"]


def test_a_preview_shows_a_batch_and_trains_nothing(run, tmp_path, start):
    code, out, _ = run(
        "train", *DRAWN, "-s", "batch_size=6", "-s", "planted=0.5", "-m", start, "--preview", "b.png"
    )
    assert code == 0
    assert out == "a batch of 6 as the network sees it: b.png\n"
    with PIL.Image.open(tmp_path / "b.png") as sheet:
        # Two of the six carry a planted lesion, whose outline is the only colour there is.
        pixels = np.asarray(sheet).astype(int)
    assert (np.ptp(pixels, axis=-1) > 100).sum() > 20
    assert {path.name for path in tmp_path.iterdir()} == {"start.keras", "b.png"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "Say where the checkpoint goes: -o FILE.keras"),
        (["-o", "out.h5"], "out.h5: a checkpoint's name ends in .keras."),
        (["--preview", "batch.jpg"], "batch.jpg: a preview's name ends in .png."),
        (["-o", "file/out.keras"], "Cannot write file/out.keras"),
        (["-o", "out.keras", "-s", "epochs=0"], "epochs=0 makes no sense"),
        (["-o", "out.keras", "-s", "epoch=3"], "Did you mean 'epochs'?"),
        (["-o", "out.keras", "-s", "split=fair"], "Give one of: group, random, original."),
        (
            ["-o", "out.keras", "-s", "planted=1", "-s", "planter=brain-mri", "-s", "epochs=two"],
            "epochs='two'",
        ),
        (["-o", "out.keras", "--strategy", "mirrored"], "needs two devices or more"),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing(run, tmp_path, arguments, line):
    (tmp_path / "file").write_text("")
    code, out, err = run("train", "-d", "phantom", "-m", "efficientnet-compact", *arguments)
    assert line in err
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_unknown_model_and_other_classes_are_one_line_each(run, start, tmp_path):
    code, _, err = run("train", "-d", "phantom", "-m", "efficientnet-b9", "-o", "out.keras")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "Did you mean 'efficientnet-b" in err
    for index in range(4):
        (tmp_path / "scans" / "cats").mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(np.full((20, 20), index, np.uint8)).save(tmp_path / f"scans/cats/{index}.png")
    code, _, err = run("train", "-d", "scans", "-m", start, "-o", "out.keras")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "is labelled 'cats', and the model tells glioma_tumor" in err
