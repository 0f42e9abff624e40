"""Methods of the input gradient equal closed forms, slow transcriptions, and another library."""

import keras
import networks
import numpy as np
import pytest
from networks import pictures, wrapped

from xaibrain import explain, load_explainer
from xaibrain.errors import UsageError
from xaibrain_gradients.asking import chunks, draws_of


class Quadratic:
    """logit_c(x) = Σ w_c x + a_c x²: every method has a closed form, or nearly one."""

    preprocessing = {"value_range": (-1.0, 3.0)}  # noqa: RUF012

    def __init__(self, shape, seed=0, curved=True):
        draw = np.random.default_rng(seed)
        self.w = draw.normal(size=(2, *shape))
        self.a = draw.normal(size=(2, *shape)) * curved
        self.largest = 0

    def logits(self, images):
        x = images.astype(np.float64)[:, None]
        return (self.w * x + self.a * x**2).sum(axis=(2, 3, 4)).astype(np.float32)

    def slopes(self, x, target):
        return self.w[target] + 2 * self.a[target] * x.astype(np.float64)

    def input_gradients(self, images, targets):
        self.largest = max(self.largest, len(images))
        pairs = zip(images, targets, strict=True)
        return np.stack([self.slopes(image, target) for image, target in pairs]).astype(np.float32)


SHAPE = (5, 4, 3)
TARGETS = np.array([1, 0, 1])


@pytest.fixture
def images():
    return np.random.default_rng(3).uniform(-1, 3, (3, *SHAPE)).astype(np.float32)


def maps_of(name, images, model=None, **parameters):
    return load_explainer(name, **parameters).explain(
        model or Quadratic(SHAPE), images, TARGETS[: len(images)]
    )


def close(found, wanted, tolerance=1e-5):
    assert found.dtype == np.float32
    return np.abs(found - wanted).max() <= tolerance * np.abs(wanted).max()


def largest_of(values):
    """The channel of the largest magnitude, with its sign: place by place."""
    found = np.zeros(values.shape[:-1])
    for place in np.ndindex(found.shape):
        found[place] = max(values[place], key=abs)
    return found


def test_saliency_is_the_largest_magnitude_over_channels(images):
    slopes = np.stack([Quadratic(SHAPE).slopes(x, t) for x, t in zip(images, TARGETS, strict=True)])
    assert close(maps_of("saliency", images), np.abs(slopes).max(axis=3))
    assert close(maps_of("saliency", images, absolute=False), largest_of(slopes))
    assert close(maps_of("saliency", images, absolute="false", channels="sum"), slopes.sum(axis=3))
    assert close(maps_of("saliency", images, channels="mean"), np.abs(slopes).mean(axis=3))


def test_saliency_can_be_smoothed():
    """One steep pixel becomes a Gaussian of the asked width that keeps its sum."""
    model = Quadratic((41, 41, 1), curved=False)
    model.w[:] = 0
    model.w[1, 20, 20] = 5
    found = maps_of("saliency", np.ones((1, 41, 41, 1), np.float32), model, sigma=2)[0]
    place = np.arange(41) - 20
    bell = np.exp(-(place**2) / 8)
    wanted = 5 * np.outer(bell, bell) / bell.sum() ** 2
    assert np.abs(found - wanted).max() < 1e-3 * wanted.max()


def test_saliency_equals_tf_keras_vis():
    saliency = pytest.importorskip("tf_keras_vis.saliency")
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    model, images, targets = wrapped("functional"), pictures(), np.array([0, 1, 2])
    listed = keras.Model([model.network.inputs[0]], model.network.outputs[0])
    other = saliency.Saliency(listed, model_modifier=ReplaceToLinear(), clone=True)
    wanted = np.asarray(other(CategoricalScore(targets.tolist()), images, normalize_map=False))
    assert close(load_explainer("saliency").explain(model, images, targets), wanted, 1e-4)


def test_input_x_gradient_of_a_linear_model_adds_up_to_its_score(images):
    model = Quadratic(SHAPE, curved=False)
    found = maps_of("input-x-gradient", images, model)
    scores = model.logits(images)[np.arange(3), TARGETS]
    assert np.allclose(found.sum(axis=(1, 2)), scores, rtol=1e-5)
    assert close(
        found, np.stack([(model.w[t] * x).sum(axis=2) for x, t in zip(images, TARGETS, strict=True)])
    )


def noisy_slopes(images, samples, noise, seed):
    """Gradients at the noisy copies of each picture, one after another: (n, samples, h, w, c)."""
    model = Quadratic(SHAPE)
    found = []
    for image, target, draw in zip(images, TARGETS, draws_of(images, seed), strict=True):
        width = noise * (float(image.max()) - float(image.min()))
        found.append(
            [model.slopes(image + width * draw.standard_normal(SHAPE), target) for _ in range(samples)]
        )
    return np.array(found)


@pytest.mark.parametrize("samples", [1, 7, 40])
def test_smoothgrad_vargrad_and_squaregrad_one_copy_after_another(images, samples):
    slopes = noisy_slopes(images, samples, 0.2, 5)
    settings = {"samples": samples, "noise": 0.2, "seed": 5}
    assert close(maps_of("smoothgrad", images, **settings), np.abs(slopes.mean(axis=1)).max(axis=3))
    signed = maps_of("smoothgrad", images, **settings, absolute=False)
    assert close(signed, largest_of(slopes.mean(axis=1)))
    assert close(maps_of("squaregrad", images, **settings), (slopes**2).mean(axis=1).max(axis=3))
    if samples > 1:
        assert close(maps_of("vargrad", images, **settings), slopes.var(axis=1).max(axis=3), 1e-4)


def test_vargrad_of_a_linear_score_is_nothing_and_of_a_curved_one_its_curvature(images):
    flat = maps_of("vargrad", images, Quadratic(SHAPE, curved=False))
    assert np.abs(flat).max() < 1e-10
    model = Quadratic(SHAPE)
    found = maps_of("vargrad", images, model, samples=4000, noise=0.1)
    widths = 0.1 * np.ptp(images, axis=(1, 2, 3))
    wanted = [(4 * model.a[t] ** 2 * w**2).max(axis=2) for t, w in zip(TARGETS, widths, strict=True)]
    assert np.abs(found - wanted).max() < 0.15 * np.max(wanted)


def test_noise_depends_on_the_picture_and_the_seed_alone(images):
    first = maps_of("smoothgrad", images, absolute=False)
    assert (maps_of("smoothgrad", images, absolute=False) == first).all()
    assert np.abs(maps_of("smoothgrad", images, absolute=False, seed=1) - first).max() > 1e-3
    model = Quadratic(SHAPE)
    alone = load_explainer("smoothgrad", absolute=False).explain(model, images[2:], TARGETS[2:])
    assert np.allclose(alone[0], first[2], rtol=1e-6)


def test_no_question_is_larger_than_the_batch_or_32(images):
    model = Quadratic(SHAPE)
    for name, setting in (
        ("smoothgrad", "samples"),
        ("integrated-gradients", "steps"),
        ("gradient-shap", "samples"),
    ):
        maps_of(name, images, model, **{setting: 100})
    assert 3 < model.largest <= 32
    assert sum(chunks(100, 3)) == 100
    assert list(chunks(5, 64)) == [1] * 5


@pytest.mark.parametrize("rule", ["gauss-legendre", "trapezoid"])
@pytest.mark.parametrize("baseline", ["black", "mean"])
def test_integrated_gradients_of_a_quadratic_are_exact(images, rule, baseline):
    """∫ (w + 2a(x′ + α(x − x′))) dα · (x − x′) = (w + a(x + x′)) · (x − x′)."""
    model, wanted = Quadratic(SHAPE), []
    for x, t in zip(images.astype(np.float64), TARGETS, strict=True):
        start = -1.0 if baseline == "black" else x.mean(axis=(0, 1))
        wanted.append(((model.w[t] + model.a[t] * (x + start)) * (x - start)).sum(axis=2))
    found = maps_of("integrated-gradients", images, model, rule=rule, baseline=baseline, steps=3)
    assert close(found, np.stack(wanted))


def integral_by_hand(model, image, start, target, steps=400):
    """Riemann's middle sum in float64, one step after another."""
    total = np.zeros(image.shape)
    for step in range(steps):
        point = start + (step + 0.5) / steps * (image - start)
        total += model.input_gradients(point[None].astype(np.float32), np.array([target]))[0]
    return ((image - start) * total / steps).sum(axis=2)


def test_integrated_gradients_of_a_network_by_hand_and_complete():
    model, images, targets = wrapped("functional"), pictures(2), np.array([0, 2])
    found = load_explainer("integrated-gradients").explain(model, images, targets)
    wanted = [
        integral_by_hand(model, image.astype(np.float64), np.zeros(image.shape), target)
        for image, target in zip(images, targets, strict=True)
    ]
    assert close(found, np.stack(wanted), 1e-4)
    ends = [model.logits(side)[np.arange(2), targets] for side in (images, images * 0)]
    assert np.allclose(found.sum(axis=(1, 2)), ends[0] - ends[1], atol=1e-3)


@pytest.mark.parametrize("baseline", ["black", "blur", "mean"])
def test_the_completeness_residual_is_noted(baseline):
    model = wrapped("functional")
    explainers = [load_explainer("integrated-gradients", steps=steps, baseline=baseline) for steps in (2, 64)]
    rough, fine = (
        next(explain(pictures(1)[0], model=model, explainer=explainer, target="class_1:class_0"))
        for explainer in explainers
    )
    for one in (rough, fine):
        notes = one.notes
        total = float(one.heatmap.sum(dtype=np.float64))
        assert notes["completeness_residual"] == pytest.approx(total - notes["score_difference"], abs=2e-6)
    assert abs(fine.notes["completeness_residual"]) < 1e-3
    assert abs(fine.notes["completeness_residual"]) < abs(rough.notes["completeness_residual"])


def test_gradient_shap_over_greys_is_the_expectation(images):
    """For x′ of one brightness b: E[(w + 2a(x′ + α(x − x′)))(x − x′)] = E_b[(w + a(x + b))(x − b)]."""
    model, images = Quadratic(SHAPE), images[:1]
    found = maps_of("gradient-shap", images, model, samples=60_000)
    x, t = images[0].astype(np.float64), TARGETS[0]
    greys = np.linspace(-1, 3, 2001)[:, None, None, None]
    wanted = ((model.w[t] + model.a[t] * (x + greys)) * (x - greys)).sum(axis=3).mean(axis=0)
    assert np.abs(found[0] - wanted).max() < 0.05 * np.abs(wanted).max()


def test_gradient_shap_takes_its_background_from_a_dataset():
    model, images = wrapped("functional"), pictures(1)
    grey, phantom = (
        load_explainer("gradient-shap", background=background, samples=4).explain(
            model, images, np.array([1])
        )
        for background in ("grey", "phantom")
    )
    assert np.abs(grey - phantom).max() > 1e-4 * np.abs(grey).max()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("smoothgrad", {"samples": 0}), ("vargrad", {"noise": -1}), ("integrated-gradients", {"steps": 1}),
     ("gradient-shap", {"seed": -1}), ("saliency", {"channels": "min"})],
)  # fmt: skip
def test_wrong_settings_are_told(name, wrong):
    with pytest.raises(UsageError):
        load_explainer(name, **wrong)


def test_grey_pictures_have_maps_too():
    model, images = wrapped("grey"), networks.taken("grey", 2)
    for baseline in ("black", "blur", "mean"):
        explainer = load_explainer("integrated-gradients", baseline=baseline)
        assert explainer.explain(model, images, np.array([0, 1])).shape == (2, 16, 16)
