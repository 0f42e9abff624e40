"""Planted lesions: where they belong, as bright, as sharp and as noisy as their host, and nowhere else."""

from itertools import islice

import cv2
import numpy as np
import pytest

from xaibrain import Image, Planter, read_image
from xaibrain.errors import InputError, UsageError
from xaibrain_phantom.anatomy import Anatomy
from xaibrain_phantom.dataset import Phantom, streams
from xaibrain_phantom.host import Host
from xaibrain_phantom.lesions import GROW

PHANTOM = Phantom(12, seed=11)
KINDS = list(GROW)
PLANES = ("axial", "coronal", "sagittal")


def host(plane="axial", size=256):
    """A healthy slice."""
    return Phantom(12, seed=11, size=size).healthy(4 * PLANES.index(plane))


def far_from(mask, width):
    """Where no lesion can have changed anything: more than its own reach away."""
    radius = np.sqrt(mask.sum() / np.pi)
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return distance > 2.6 * radius + 0.05 * width


def head_of(pixels):
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    bright = (cv2.GaussianBlur(grey, (5, 5), 0) > 20).astype(np.uint8)
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return cv2.drawContours(np.zeros_like(bright), outlines, -1, 1, cv2.FILLED).astype(bool)


def test_phantom_is_a_planter():
    assert isinstance(PHANTOM, Planter)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_lesion_changes_its_own_place_and_nothing_else(kind, plane):
    healthy = host(plane)
    before = healthy.pixels.copy()
    planted = PHANTOM.plant(healthy, kind, 3)
    assert np.array_equal(healthy.pixels, before)
    assert (planted.label, planted.id) == (kind, f"{healthy.id}+{kind}-3")
    assert planted.spacing == healthy.spacing
    assert planted.mask.sum() > 60
    assert head_of(healthy.pixels)[planted.mask].all()
    away = far_from(planted.mask, 256)
    assert away.mean() > 0.3
    assert np.array_equal(planted.pixels[away], healthy.pixels[away])
    change = planted.pixels.astype(float) - healthy.pixels
    assert np.abs(change[planted.mask]).mean() > 15
    if kind != "glioma_tumor":
        assert change[planted.mask].mean() > 15


def test_the_same_seed_gives_the_same_lesion_and_another_one_another():
    first, again, other = (PHANTOM.plant(host(), "glioma_tumor", seed) for seed in (5, 5, 6))
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.mask, again.mask)
    assert first.sha256 == again.sha256 != other.sha256
    assert not np.array_equal(first.mask, other.mask)


def test_planted_gliomas_come_with_a_bright_ring_and_without():
    healthy = host()
    planted = [PHANTOM.plant(healthy, "glioma_tumor", seed, radius=0.1) for seed in range(12)]
    # Compared with the brightest tenth of what was there, so that a dark core does not hide a ring.
    brighter = [
        np.percentile(p.pixels[p.mask], 90) - np.percentile(healthy.pixels[p.mask], 90) for p in planted
    ]
    darker = [float(p.pixels[p.mask].mean()) - float(healthy.pixels[p.mask].mean()) for p in planted]
    assert max(brighter) > 50
    assert min(brighter) < 20
    assert min(darker) < -15


@pytest.mark.parametrize("kind", KINDS)
def test_radius_and_place_are_kept(kind):
    found = Host.read(host("coronal").pixels.astype(np.float32))
    small, large = (PHANTOM.plant(host("coronal"), kind, 1, radius=r, place=(0.35, 0.4)) for r in (0.05, 0.1))
    for planted, radius in ((small, 0.05), (large, 0.1)):
        rows, columns = np.nonzero(planted.mask)
        assert np.hypot(rows.mean() - 0.35 * 256, columns.mean() - 0.4 * 256) < 0.6 * radius * found.width
        # A waist, a stretch and sulci make it some tenths more or less than a disc.
        assert 0.5 < planted.mask.sum() / (np.pi * (radius * found.width) ** 2) < 2
    assert large.mask.sum() > 2 * small.mask.sum()


def test_channels_and_dtype_are_kept():
    grey = host().pixels
    tinted = np.stack([grey, grey // 2, 255 - grey // 3], axis=2)
    planted = PHANTOM.plant(Image(np.dstack([grey] * 3), id="a"), "pituitary_tumor", 0)
    assert planted.pixels.shape == (256, 256, 3)
    assert (np.ptp(planted.pixels, axis=2) == 0).all()
    assert PHANTOM.plant(Image(tinted, id="b"), "pituitary_tumor", 0).pixels.dtype == np.uint8
    deep = PHANTOM.plant(Image(grey.astype(np.uint16) * 16, id="c"), "meningioma_tumor", 0).pixels
    assert deep.dtype == np.uint16
    assert deep.max() <= 16 * 255 * 1.1
    assert PHANTOM.plant(Image(grey / 255.0, id="d"), "glioma_tumor", 0).pixels.dtype == np.float64


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(32, 32), (64, 40), (300, 420)])
def test_any_size_and_aspect(kind, shape):
    pixels = cv2.resize(host().pixels, shape[::-1], interpolation=cv2.INTER_AREA)
    planted = PHANTOM.plant(Image(pixels, id="a"), kind, 2)
    assert planted.pixels.shape == planted.mask.shape == shape
    assert planted.mask.any()
    assert not np.array_equal(planted.pixels, pixels)


@pytest.mark.parametrize("noise", [2.0, 8.0])
@pytest.mark.parametrize("blur", [0.6, 1.2])
def test_a_lesion_is_as_noisy_and_as_sharp_as_its_host(noise, blur):
    """Measured on a flat brain, where the truth is known: the lesion's grain is that of the brain."""
    rng = np.random.default_rng(0)
    rows, columns = np.indices((256, 256)) - 128.0
    out = np.hypot(rows / 118, columns / 100)
    flat = np.where(out < 0.88, 90.0, np.where(out < 0.93, 12.0, np.where(out < 1, 200.0, 5.0)))
    white = cv2.GaussianBlur(rng.standard_normal((256, 256)), (0, 0), blur)
    pixels = np.clip(flat + noise * white / white.std(), 0, 255).astype(np.float32)
    read = Host.read(pixels)
    assert read.blur == pytest.approx(blur, rel=0.2)
    planted = PHANTOM.plant(Image(pixels, id="a"), "meningioma_tumor", 1, radius=0.12)
    inside = cv2.erode(planted.mask.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    grain = planted.pixels - cv2.GaussianBlur(planted.pixels, (0, 0), 2)
    own = (pixels - cv2.GaussianBlur(pixels, (0, 0), 2))[out < 0.7]
    assert grain[inside].std() == pytest.approx(own.std(), rel=0.25)


def test_a_second_lesion_keeps_off_the_first():
    image = PHANTOM[4]
    assert image.mask.any()
    for seed in range(6):
        second = PHANTOM.plant(image, "glioma_tumor", seed)
        assert not (second.mask & image.mask).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label": "glioma"}, "Did you mean 'glioma_tumor'"),
        ({"label": "no_tumor"}, "Lesions that can be planted"),
        ({"seed": -1}, "set seed to 0"),
        ({"radius": 0.0}, "set radius above 0"),
    ],
)
def test_bad_options_say_what_to_do(options, message):
    given = {"label": "glioma_tumor", "seed": 0} | options
    with pytest.raises(UsageError, match=message):
        PHANTOM.plant(host(), **given)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0, 128])
def test_a_blank_picture_is_refused(kind, value):
    with pytest.raises(InputError, match="blank: no head stands out"):
        PHANTOM.plant(Image(np.full((64, 64), value, np.uint8), id="blank"), kind, 0)


@pytest.mark.parametrize("place", [(0.01, 0.01), (1.2, 0.5)])
def test_a_place_outside_the_brain_is_refused(place):
    with pytest.raises(InputError, match="choose one inside"):
        PHANTOM.plant(host(), "glioma_tumor", 0, place=place)


def test_the_brain_of_drawn_slices_is_found():
    """Against the drawing's own inside of the skull: most of it is found, and little else."""
    found_of_it, right = [], []
    for index in range(0, 96, 4):
        healthy = Phantom(96, seed=1).healthy(index)
        truth = Anatomy.draw(streams(1, index)[0], PLANES[index // 4 % 3]).landmarks.intracranial > 127
        found = Host.read(healthy.pixels.astype(np.float32)).anatomy.landmarks.intracranial > 127
        found_of_it.append((found & truth).sum() / truth.sum())
        right.append((found & truth).sum() / found.sum())
    assert np.median(found_of_it) > 0.85
    assert np.median(right) > 0.8
    assert min(right) > 0.65


@pytest.mark.parametrize("label", ["no_tumor", "glioma_tumor", "meningioma_tumor", "pituitary_tumor"])
def test_real_slices(brain_mri_root, label):
    files = sorted((brain_mri_root / "Training" / label).iterdir())
    refused, brighter = 0, []
    for number, file in enumerate(islice(files, 0, len(files), len(files) // 8)):
        scan = read_image(file)
        kind = KINDS[number % 3]
        try:
            planted = PHANTOM.plant(scan, kind, number)
        except InputError:
            refused += 1
            continue
        assert planted.pixels.shape == scan.pixels.shape
        assert planted.mask.any()
        away = far_from(planted.mask, min(scan.size))
        assert np.array_equal(planted.pixels[away], scan.pixels[away])
        if kind != "glioma_tumor":
            change = planted.pixels.astype(float) - scan.pixels
            brighter.append(change[planted.mask].mean())
    assert refused <= 1
    assert np.mean(np.array(brighter) > 5) > 0.7
