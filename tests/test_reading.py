"""Every kind of picture file, sound and bad; a bad one is one line that begins with its path."""

import hashlib
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import xaibrain
from xaibrain.errors import InputError
from xaibrain.inputs import items_of
from xaibrain.reading import read_image
from xaibrain_pictures.jpeg import bare

RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLOURS = np.stack([RAMP, 255 - RAMP, RAMP // 2], axis=2)


def saved(path: Path, pixels, mode=None, **options) -> Path:
    picture = pixels if isinstance(pixels, PIL.Image.Image) else PIL.Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(path, **options)
    return path


def refusal(path, **options) -> str:
    with pytest.raises(InputError) as caught:
        read_image(path, **options)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
@pytest.mark.parametrize("pixels", [RAMP, COLOURS], ids=["grey", "colour"])
def test_lossless_files_come_back_exactly(tmp_path, suffix, pixels):
    image = read_image(saved(tmp_path / f"a.{suffix}", pixels))
    assert image.pixels.dtype == np.uint8
    np.testing.assert_array_equal(image.pixels, pixels)


def test_lossless_webp(tmp_path):
    path = saved(tmp_path / "a.webp", COLOURS, lossless=True)
    np.testing.assert_array_equal(read_image(path).pixels, COLOURS)


@pytest.mark.parametrize(("mode", "shape"), [("L", (16, 24)), ("RGB", (16, 24, 3))])
def test_jpeg(tmp_path, mode, shape):
    pixels = np.full((16, 24), 90, np.uint8) if mode == "L" else np.full((16, 24, 3), (200, 30, 90), np.uint8)
    image = read_image(saved(tmp_path / "a.jpg", pixels, quality=95))
    assert image.pixels.shape == shape
    assert np.abs(image.pixels.astype(int) - pixels).max() <= 3


@pytest.mark.parametrize(
    "how", [{}, {"progressive": True}, {"subsampling": 0, "quality": 100}, {"subsampling": 1}]
)
@pytest.mark.parametrize(
    "pixels", [RAMP, COLOURS, np.dstack([RAMP] * 3)], ids=["grey", "colour", "grey in colour"]
)
def test_jpeg_has_the_values_that_pillow_finds(tmp_path, pixels, how):
    path = saved(tmp_path / "a.jpg", pixels, **how)
    with PIL.Image.open(path) as picture:
        expected = np.array(picture)
    if expected.ndim == 3 and (np.ptp(expected, axis=2) == 0).all():
        expected = expected[..., 0]
    np.testing.assert_array_equal(read_image(path).pixels, expected)


@pytest.mark.parametrize("orientation", [1, 6])
def test_jpeg_is_turned_as_its_exif_says(tmp_path, orientation):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "a.jpg", RAMP, exif=exif)
    with PIL.Image.open(path) as picture:
        expected = np.array(PIL.ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(read_image(path).pixels, expected)


def test_what_is_known_of_the_file(tmp_path):
    path = saved(tmp_path / "a.png", RAMP)
    image = read_image(str(path))
    assert (image.id, image.source, image.label) == ("a.png", str(path), None)
    assert image.sha256 == image.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    named = read_image(path, id="Training/a.png", label="glioma_tumor")
    assert (named.id, named.label) == ("Training/a.png", "glioma_tumor")
    assert xaibrain.read_image is read_image


def test_pixels_are_the_callers_own(tmp_path):
    assert read_image(saved(tmp_path / "a.png", RAMP)).pixels.flags.writeable


def test_colour_file_of_a_grey_picture_is_grey(tmp_path):
    image = read_image(saved(tmp_path / "a.png", RAMP, "RGB"))
    np.testing.assert_array_equal(image.pixels, RAMP)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_kept(tmp_path, suffix):
    wide = RAMP.astype(np.uint16) * 300
    image = read_image(saved(tmp_path / f"a.{suffix}", wide))
    assert image.pixels.dtype == np.uint16
    np.testing.assert_array_equal(image.pixels, wide)


def test_sixteen_bits_of_the_other_byte_order(tmp_path):
    wide = RAMP.astype(np.uint16) * 300
    picture = PIL.Image.frombytes("I;16B", (4, 3), wide.astype(">u2").tobytes())
    image = read_image(saved(tmp_path / "a.tif", picture))
    assert image.pixels.dtype == np.dtype("=u2")
    np.testing.assert_array_equal(image.pixels, wide)


@pytest.mark.parametrize(("dtype", "most"), [("u1", 255), ("<u2", 65535)])
def test_tiff_in_which_white_is_zero(tmp_path, dtype, most):
    """Written by hand, since Pillow does not write it."""
    stored = np.array([[0, 1], [2, 200]], dtype)
    width, height, bits, none, white, at = (
        (256, 2),
        (257, 2),
        (258, stored.itemsize * 8),
        (259, 1),
        (262, 0),
        (273, 122),
    )
    tags = [width, height, bits, none, white, at, (277, 1), (278, 2), (279, stored.nbytes)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + stored.tobytes())
    np.testing.assert_array_equal(read_image(path).pixels, most - stored.astype(int))


def test_float_tiff(tmp_path):
    values = np.linspace(-2, 5, 12, dtype=np.float32).reshape(3, 4)
    image = read_image(saved(tmp_path / "a.tif", values))
    assert image.pixels.dtype == np.float32
    np.testing.assert_array_equal(image.pixels, values)


def test_integer_tiff(tmp_path):
    values = np.array([[-70_000, 0], [1, 70_000]], np.int32)
    np.testing.assert_array_equal(read_image(saved(tmp_path / "a.tif", values)).pixels, values)


def test_one_bit(tmp_path):
    image = read_image(saved(tmp_path / "a.png", PIL.Image.fromarray(RAMP > 100)))
    np.testing.assert_array_equal(image.pixels, np.where(RAMP > 100, 255, 0))


def test_one_pixel(tmp_path):
    assert read_image(saved(tmp_path / "a.png", np.full((1, 1), 7, np.uint8))).pixels.tolist() == [[7]]


def test_alpha_lies_on_black(tmp_path):
    opacity = np.zeros((3, 4, 1), np.uint8)
    opacity[:, 2:] = 255
    opacity[0, 0] = 128
    path = saved(tmp_path / "a.png", np.concatenate([COLOURS, opacity], axis=2))
    pixels = read_image(path).pixels
    np.testing.assert_array_equal(pixels[:, 2:], COLOURS[:, 2:])
    assert not pixels[1:, :2].any()
    np.testing.assert_allclose(pixels[0, 0], COLOURS[0, 0] * (128 / 255), atol=1)


def test_grey_with_alpha_lies_on_black(tmp_path):
    both = np.stack([RAMP, np.where(RAMP > 100, 255, 0).astype(np.uint8)], axis=2)
    pixels = read_image(saved(tmp_path / "a.png", both)).pixels
    np.testing.assert_array_equal(pixels, np.where(RAMP > 100, RAMP, 0))


def test_transparent_grey_level_lies_on_black(tmp_path):
    path = saved(tmp_path / "a.png", np.array([[200, 10]], np.uint8), transparency=200)
    assert read_image(path).pixels.tolist() == [[0, 10]]


@pytest.mark.parametrize("transparent", [False, True])
def test_palette(tmp_path, transparent):
    picture = PIL.Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.putpixel((1, 0), 1)
    path = saved(tmp_path / "a.png", picture, **({"transparency": 0} if transparent else {}))
    assert read_image(path).pixels.tolist() == [[[0, 0, 0] if transparent else [255, 0, 0], [0, 255, 0]]]


def test_palette_of_greys_is_grey(tmp_path):
    picture = PIL.Image.new("P", (2, 1), 1)
    picture.putpalette([0, 0, 0, 77, 77, 77])
    assert read_image(saved(tmp_path / "a.png", picture)).pixels.tolist() == [[77, 77]]


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk(tmp_path, suffix):
    picture = PIL.Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    pixels = read_image(saved(tmp_path / f"a.{suffix}", picture)).pixels
    assert np.abs(pixels.astype(int) - (255, 0, 0)).max() <= 3


TURNS = {
    1: lambda p: p,
    2: np.fliplr,
    3: lambda p: np.rot90(p, 2),
    4: np.flipud,
    5: lambda p: p.T,
    6: lambda p: np.rot90(p, 1),
    7: lambda p: np.rot90(p, 2).T,
    8: lambda p: np.rot90(p, -1),
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_exif_rotation_is_applied(tmp_path, orientation, suffix):
    """The file holds the picture turned away; the note says how to turn it back."""
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(TURNS[orientation](RAMP))
    path = saved(tmp_path / f"a.{suffix}", stored, exif=exif)
    np.testing.assert_array_equal(read_image(path).pixels, RAMP)


def test_sixteen_bits_are_turned_too(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    wide = RAMP.astype(np.uint16) * 300
    path = saved(tmp_path / "a.png", np.ascontiguousarray(np.rot90(wide)), exif=exif)
    np.testing.assert_array_equal(read_image(path).pixels, wide)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_does_not_cost_the_picture(tmp_path):
    path = saved(
        tmp_path / "a.jpg", np.full((16, 16), 90, np.uint8), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff junk"
    )
    assert read_image(path).size == (16, 16)


def saved_pages(path, *pages, **kinds):
    """A TIFF of several pages; `_1=4` says that page 1 is of kind 4, a mask."""
    frames = [PIL.Image.fromarray(page) for page in pages]
    for number, frame in enumerate(frames):
        frame.encoderinfo = {"tiffinfo": {254: kinds.get(f"_{number}", 0)}}
    return saved(path, frames[0], save_all=True, append_images=frames[1:], **frames[0].encoderinfo)


def test_pages_of_a_tiff_are_pictures_of_their_own(tmp_path):
    path = saved_pages(tmp_path / "a.TIF", RAMP, COLOURS, 255 - RAMP)
    items = items_of(path)
    assert [item.id for item in items] == ["a.TIF/0", "a.TIF/1", "a.TIF/2"]
    images = [item.read() for item in items]
    for image, expected in zip(images, (RAMP, COLOURS, 255 - RAMP), strict=True):
        np.testing.assert_array_equal(image.pixels, expected)
        assert image.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    np.testing.assert_array_equal(read_image(path, index=2).pixels, 255 - RAMP)
    assert "holds 3 pictures; choose one" in refusal(path)
    [bare] = {item.id.rpartition("/")[0] for item in items_of(path.rename(tmp_path / "bare"))}
    assert bare == "bare"


def test_previews_and_masks_in_a_tiff_are_no_pages(tmp_path):
    path = saved_pages(tmp_path / "a.tif", RAMP[:1], RAMP, 255 - RAMP, _0=1, _2=4)
    [item] = items_of(path)
    assert item.id == "a.tif"
    np.testing.assert_array_equal(item.read().pixels, RAMP)


def test_a_tiff_that_is_cut_short_fails_at_its_last_page_alone(tmp_path):
    path = saved_pages(tmp_path / "a.tif", RAMP, 255 - RAMP)
    items = items_of(path)
    path.write_bytes(path.read_bytes()[:-100])
    np.testing.assert_array_equal(items[0].read().pixels, RAMP)
    with pytest.raises(InputError, match=r"^.*a\.tif: (page 1 is damaged or gone|damaged or cut short)"):
        items[1].read()


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated(tmp_path, suffix, share):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    path = saved(tmp_path / f"a.{suffix}", noise)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "fetch it again" in refusal(path)


def test_text_with_the_name_of_a_picture(tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("not a picture at all\n")
    assert "not a PNG, JPEG" in refusal(path)


def test_no_bytes(tmp_path):
    path = tmp_path / "a.png"
    path.touch()
    assert "empty" in refusal(path)


def test_head_of_a_picture_and_no_more(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "damaged" in refusal(path)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def one_bit_png(path: Path, side: int, rows: bytes = b"") -> Path:
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("action", ["error", "always"])
@pytest.mark.parametrize("side", [10_001, 40_000])
def test_bomb_is_refused_by_its_header_without_a_warning(tmp_path, side, action):
    path = one_bit_png(tmp_path / "bomb.png", side)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter(action)
        assert f"{side} × {side} pixels" in refusal(path)
    assert not heard


def test_real_bomb_is_refused_before_it_is_decoded(tmp_path):
    rows = bytes(5_001) * 40_000
    path = one_bit_png(tmp_path / "bomb.png", 40_000, rows)
    assert path.stat().st_size < 2_000_000
    assert "scale it down" in refusal(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite(tmp_path, value):
    pixels = np.array([[0, value]], np.float32)
    assert "NaN" in refusal(saved(tmp_path / "a.tif", pixels), id="other")


def test_missing_folder_and_part_of_a_path_that_is_a_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.png")
    assert "folder" in refusal(tmp_path)
    file = saved(tmp_path / "a.png", RAMP)
    assert "cannot be read" in refusal(file / "b.png")


def test_permission(tmp_path, monkeypatch):
    path = saved(tmp_path / "a.png", RAMP)

    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    assert "permission denied" in refusal(path)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_a_picture_or_a_clear_refusal(tmp_path, data):
    suffix = data.draw(st.sampled_from(["png", "jpg", "tif", "webp", "bmp"]))
    content = bytearray(saved(tmp_path / f"a.{suffix}", np.tile(COLOURS, (5, 5, 1))).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"b.{suffix}"
    path.write_bytes(content)
    message = f"{path}: "
    with warnings.catch_warnings():
        # Pillow may remark on what it finds, as long as it does not stop.
        warnings.simplefilter("ignore")
        try:
            read_image(path)
        except InputError as error:
            message = str(error)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


def test_a_jpeg_that_holds_nothing_but_its_picture_is_kept_as_it_is(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    for name, shown, options in (
        ("colour", pixels, {"dpi": (72, 72)}),
        ("grey", pixels[..., 0], {}),
        ("restarts", pixels, {"restart_marker_blocks": 2}),
    ):
        path = saved(tmp_path / f"{name}.jpg", shown, **options)
        image = read_image(path)
        assert (image.coded.content, image.coded.suffix) == (path.read_bytes(), ".jpg")
        assert image.coded.pixels is image.pixels


def test_a_jpeg_that_could_say_more_is_not(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x010E] = "Bartholomew"
    plain = saved(tmp_path / "plain.jpg", COLOURS).read_bytes()
    thumbnail = plain[:4] + b"\0\x13JFIF\0\1\1\0\0\1\0\1\1\1MRN" + plain[20:]
    later = plain[:-2] + b"\xff\xfe\0\5MRN" + plain[-2:]
    for name, content in (
        ("thumb", thumbnail),
        ("later", later),
        ("tail", plain + b"MRN"),
        ("cut", plain[:-2]),
    ):
        (tmp_path / f"{name}.jpg").write_bytes(content)
    saved(tmp_path / "exif.jpg", COLOURS, exif=exif)
    saved(tmp_path / "comment.jpg", COLOURS, comment=b"MRN")
    saved(tmp_path / "profile.jpg", COLOURS, icc_profile=b"MRN")
    saved(tmp_path / "progressive.jpg", COLOURS, progressive=True)
    assert bare(plain) == (*COLOURS.shape[:2], 3, False)
    assert not bare(b"")
    for path in tmp_path.glob("*.jpg"):
        assert (bare(path.read_bytes()) is not None) == (path.stem == "plain"), path.name
    assert read_image(tmp_path / "comment.jpg").coded is None


@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_grey_jpeg_in_colour_is_known_by_its_tables_where_they_are_fitted_to_it(tmp_path, subsampling):
    grey = np.random.default_rng(0).integers(0, 256, (40, 50, 1), np.uint8).repeat(3, axis=2)
    tinted = grey.copy()
    tinted[20, 20] = (200, 40, 40)
    for name, shown, fitted, known in (
        ("fitted", grey, True, True),
        ("usual", grey, False, False),
        ("tinted", tinted, True, False),
    ):
        path = saved(tmp_path / f"{name}.jpg", shown, optimize=fitted, subsampling=subsampling, quality=95)
        assert bare(path.read_bytes()).colourless == known
        theirs = np.asarray(PIL.Image.open(path))
        pixels = read_image(path).pixels
        assert (pixels.ndim == 2) == (name != "tinted")
        np.testing.assert_array_equal(pixels, theirs[..., 0] if pixels.ndim == 2 else theirs)


def test_a_jpeg_whose_colours_are_no_shades_is_decoded_in_full(tmp_path):
    """Where the components are red, green and blue, an empty one is no proof that there is no colour."""
    grey = np.random.default_rng(0).integers(0, 256, (40, 50, 1), np.uint8).repeat(3, axis=2)
    content = saved(tmp_path / "grey.jpg", grey, optimize=True).read_bytes()
    # As Adobe's programs mark it: without JFIF's header, and components called R, G and B.
    bare_header = content[:2] + content[20:]
    renamed = bytearray(bare_header)
    frame, scan = renamed.index(b"\xff\xc0"), renamed.index(b"\xff\xda")
    renamed[frame + 10 : frame + 19 : 3] = renamed[scan + 5 : scan + 11 : 2] = b"RGB"
    (tmp_path / "rgb.jpg").write_bytes(renamed)
    assert bare(content).colourless
    assert not bare(bytes(renamed)).colourless
    pixels = read_image(tmp_path / "rgb.jpg").pixels
    assert pixels.ndim == 3
    np.testing.assert_array_equal(pixels, np.asarray(PIL.Image.open(tmp_path / "rgb.jpg")))


def test_a_jpeg_that_claims_to_be_huge_is_refused_before_it_is_decoded(tmp_path):
    content = bytearray(saved(tmp_path / "bomb.jpg", COLOURS).read_bytes())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = b"\xea\x60\xea\x60"
    (tmp_path / "bomb.jpg").write_bytes(content)
    assert bare(bytes(content)) == (60000, 60000, 3, False)
    with pytest.raises(InputError, match="60000 × 60000 pixels, more than 100 million"):
        read_image(tmp_path / "bomb.jpg")
