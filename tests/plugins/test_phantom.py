"""The dataset phantom: lesions where they arise in life, and nothing else that tells the class."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import xaibrain_phantom
from xaibrain import Dataset, Image
from xaibrain.errors import UsageError
from xaibrain_phantom.anatomy import PLANES, Anatomy
from xaibrain_phantom.curves import closed, ellipse, inset, opened, ribbon, symmetric
from xaibrain_phantom.dataset import CLASS_NAMES, Phantom, streams
from xaibrain_phantom.imaging import Scan
from xaibrain_phantom.lesions import GROW

anywhere = settings(max_examples=18, deadline=None, derandomize=True)
seeds, places = st.integers(0, 2**31), st.integers(0, 10**6)


def grown(kind, plane, seed):
    """An anatomy and the lesion that grows in it."""
    head, _, growth = streams(seed, 0)
    anatomy = Anatomy.draw(head, plane)
    return anatomy, GROW[kind](anatomy, growth)


def distance_to(points, mask):
    """Pixels from each marked pixel to the nearest of some points x, y."""
    rows, columns = np.nonzero(mask)
    return np.hypot(columns[:, None] - points[:, 0], rows[:, None] - points[:, 1]).min(axis=1)


@pytest.fixture(scope="module")
def dozen():
    return list(Phantom(12, seed=4))


def test_it_is_declared_without_importing_anything_heavy():
    (spec,) = xaibrain_phantom.xaibrain_datasets()
    assert (spec.name, spec.target) == ("phantom", "xaibrain_phantom.dataset:Phantom")
    seen = "import sys, xaibrain_phantom; print({'cv2', 'matplotlib', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_it_is_a_dataset(dozen):
    phantom = Phantom(12, seed=4)
    assert isinstance(phantom, Dataset)
    assert len(phantom) == len(dozen) == 12
    assert phantom.class_names == CLASS_NAMES
    assert phantom.default_model == "phantom-efficientnet"
    with pytest.raises(IndexError):
        phantom[12]
    for image in dozen:
        assert isinstance(image, Image)
        assert (image.size, image.pixels.dtype, image.mask.dtype) == ((256, 256), np.uint8, bool)
        assert 0.7 < image.spacing[0] == image.spacing[1] < 1.2
    assert dozen[7].id == "phantom-4-000007-coronal"
    assert dozen[7].source == "phantom(seed=4, index=7)"


def test_any_twelve_in_a_row_hold_each_class_in_each_plane():
    long = Phantom(10**9)
    for start in (0, 7, 123_456):
        images = [long[index] for index in range(start, start + 12)]
        kinds = Counter((image.label, image.id.rsplit("-", 1)[1]) for image in images)
        assert set(kinds) == {(label, plane) for label in CLASS_NAMES for plane in PLANES}


@given(seed=seeds, index=places)
@settings(anywhere, max_examples=6)
def test_a_picture_depends_on_the_seed_and_its_index_alone(seed, index):
    long, exact = Phantom(index + 50, seed), Phantom(index + 1, seed)
    long[index + 1]
    first, again = long[index], exact[index]
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.mask, again.mask)
    assert (first.id, first.label, first.spacing) == (again.id, again.label, again.spacing)
    assert not np.array_equal(first.pixels, Phantom(index + 1, seed + 1)[index].pixels)


def test_no_two_are_alike(dozen):
    heads = [Phantom(240, seed=8).healthy(index) for index in range(0, 240, 12)]
    small = np.stack([cv2.GaussianBlur(head.pixels, (0, 0), 3)[::4, ::4].ravel() for head in heads])
    alike = np.corrcoef(small.astype(float)) - np.eye(len(small))
    assert alike.max() < 0.98
    assert len({image.sha256 for image in dozen}) == 12


@pytest.mark.parametrize("size", [32, 100, 300])
def test_the_size_changes_the_sampling_not_the_head(size, dozen):
    image, large = Phantom(12, seed=4, size=size)[4], dozen[4]
    assert image.size == image.mask.shape == (size, size)
    assert image.spacing[0] * size == pytest.approx(large.spacing[0] * 256)
    same = cv2.resize(large.pixels, (size, size), interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(same - image.pixels).mean() < 2
    assert image.mask.mean() == pytest.approx(large.mask.mean(), rel=0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"count": 0}, "set count to 1"), ({"seed": -1}, "set seed to 0"), ({"size": 31}, "set size to 32")],
)
def test_bad_options_say_what_to_do(options, message):
    with pytest.raises(UsageError, match=message):
        Phantom(**options)


@given(seed=seeds, index=places)
@anywhere
def test_only_the_lesion_differs_from_the_healthy_slice(seed, index):
    image, healthy = Phantom(index + 1, seed)[index], Phantom(index + 1, seed).healthy(index)
    assert (healthy.label, healthy.mask.any()) == ("no_tumor", False)
    if image.label == "no_tumor":
        assert np.array_equal(image.pixels, healthy.pixels)
        assert not image.mask.any()
        return
    head, _, growth = streams(seed, index)
    lesion = GROW[image.label](Anatomy.draw(head, PLANES[index // 4 % 3]), growth)
    assert np.array_equal(lesion.mask, image.mask)
    assert np.array_equal(image.pixels[~lesion.reach], healthy.pixels[~lesion.reach])
    assert lesion.reach.mean() < 0.5
    assert np.abs(image.pixels[image.mask] - healthy.pixels[image.mask].astype(float)).mean() > 15


@given(kind=st.sampled_from(list(GROW)), plane=st.sampled_from(PLANES), seed=seeds)
@anywhere
def test_every_lesion_is_inside_the_head_and_large_enough_to_see(kind, plane, seed):
    anatomy, lesion = grown(kind, plane, seed)
    outlines, _ = cv2.findContours((anatomy.signal > 0.1).astype(np.uint8), cv2.RETR_EXTERNAL, 1)
    head = cv2.drawContours(np.zeros((256, 256), np.uint8), outlines, -1, 1, cv2.FILLED).astype(bool)
    assert not (lesion.mask & ~head).any()
    assert (lesion.mask <= lesion.reach).all()
    assert 40 <= lesion.mask.sum() < 0.1 * head.sum()


@given(plane=st.sampled_from(PLANES), seed=seeds)
@anywhere
def test_gliomas_grow_in_the_brain(plane, seed):
    anatomy, lesion = grown("glioma_tumor", plane, seed)
    assert (anatomy.landmarks.parenchyma[lesion.mask] > 64).all()
    sella = anatomy.landmarks.sella[None]
    assert distance_to(sella, lesion.mask).min() > 8
    # A ring: brighter at its edge than in its core.
    depth = cv2.distanceTransform(lesion.mask.astype(np.uint8), cv2.DIST_L2, 5)
    core = depth > 0.75 * depth.max()
    assert np.percentile(lesion.signal[lesion.mask & ~core], 90) > lesion.signal[core].mean() + 0.05


@given(plane=st.sampled_from(PLANES), seed=seeds)
@anywhere
def test_meningiomas_sit_on_the_dura_with_a_broad_base(plane, seed):
    anatomy, lesion = grown("meningioma_tumor", plane, seed)
    dura = anatomy.landmarks.dura
    aside = distance_to(dura[:, :2], lesion.mask)
    assert aside.min() < 2
    # At least an eighth of the outline lies on dura.
    outline = lesion.mask & ~cv2.erode(lesion.mask.astype(np.uint8), np.ones((3, 3))).astype(bool)
    assert (distance_to(dura[:, :2], outline) < 3.5).mean() > 1 / 8
    assert (anatomy.landmarks.intracranial[lesion.mask] > 64).all()
    # Homogeneous: its texture is faint against its brightness.
    inside = lesion.signal[cv2.erode(lesion.mask.astype(np.uint8), np.ones((3, 3))).astype(bool)]
    assert inside.std() < 0.1 * inside.mean()


@given(plane=st.sampled_from(PLANES), seed=seeds)
@anywhere
def test_adenomas_grow_out_of_the_sella(plane, seed):
    anatomy, lesion = grown("pituitary_tumor", plane, seed)
    assert distance_to(anatomy.landmarks.sella[None], lesion.mask).min() < 4
    outlines, _ = cv2.findContours(lesion.mask.astype(np.uint8), cv2.RETR_EXTERNAL, 1)
    assert len(outlines) == 1
    hull = cv2.contourArea(cv2.convexHull(outlines[0]))
    assert cv2.contourArea(outlines[0]) > 0.85 * hull


@pytest.mark.parametrize("kind", list(GROW))
@pytest.mark.parametrize("plane", PLANES)
def test_lesions_stand_out_from_what_is_around_them(kind, plane):
    contrasts = []
    for seed in range(5):
        _, lesion = grown(kind, plane, seed)
        mask = lesion.mask.astype(np.uint8)
        around = cv2.dilate(mask, np.ones((11, 11))).astype(bool) & ~lesion.mask
        contrasts.append(np.percentile(lesion.signal[lesion.mask], 90) - np.median(lesion.signal[around]))
    assert np.median(contrasts) > 0.15


def test_nothing_but_the_lesion_tells_the_class():
    phantom = Phantom(200, seed=2)
    features = [nuisances(phantom.healthy(index).pixels.astype(float)) for index in range(len(phantom))]
    labels = np.arange(len(phantom)) % 4
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    accuracy = cross_val_score(classifier, np.array(features), labels, cv=5).mean()
    # Chance is 0.25, and its standard deviation over 200 pictures 0.03.
    assert accuracy < 0.25 + 3 * 0.031


def nuisances(pixels):
    """What a network could cheat with: brightness, contrast, pose, size of the head, noise."""
    head = pixels > 30
    rows, columns = np.nonzero(head)
    corner = pixels[:24, :24]
    spread = np.percentile(pixels[head], [10, 50, 90])
    extent = [head.mean(), rows.min(), np.ptp(columns), rows.mean(), columns.mean()]
    texture = np.abs(np.diff(pixels, axis=0))[head[1:]].mean()
    return [pixels.mean(), pixels.std(), corner.mean(), corner.std(), texture, *spread, *extent]


def test_air_shows_rician_noise_and_tissue_does_not_saturate(dozen):
    air = np.concatenate([image.pixels[:16, :16].ravel() for image in dozen])
    assert 0 < air.mean() < 16
    assert max((image.pixels == 255).mean() for image in dozen) < 0.12
    scan = Scan.draw(np.random.default_rng(1), 256)
    flat = scan.acquire(np.full((256, 256), 0.4, np.float32)) / 255.0
    gain = np.power(np.hypot(0.4 * scan.gain + scan.noise[0], scan.noise[1]).clip(0, 1), scan.gamma)
    assert np.abs(flat - gain).max() < 0.005


def test_curves_keep_their_shape():
    circle = ellipse(3, -4, 10, 10)
    assert np.allclose(np.linalg.norm(inset(circle, 2) - (3, -4), axis=1), 8, atol=0.05)
    assert np.allclose(np.linalg.norm(inset(circle[::-1], 2) - (3, -4), axis=1), 8, atol=0.05)
    half = symmetric("0,-10 8,0 0,10")
    assert np.allclose(sorted(half[:, 0]), sorted(-half[:, 0]))
    through = closed([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)])
    assert np.allclose(through[::8], [(0, 0), (4, 0), (4, 4)])
    line = opened("0,0 10,0")
    stroke = ribbon(line, (2, 4))
    widths = np.abs(stroke[: len(line), 1] - stroke[len(line) :, 1][::-1])
    assert np.allclose(widths, np.linspace(2, 4, len(line)))
    assert all(b > a for a, b in pairwise(line[:, 0]))
