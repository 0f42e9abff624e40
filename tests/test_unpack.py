"""Archives that lie: nothing leaves the folder, and every refusal is one clear line."""

import contextlib
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xaibrain.errors import DatasetError
from xaibrain.unpack import Limits, unpack


def zipped(path: Path, *members, compression=zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tarred(path: Path, *members, mode="w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for member, content in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def refusal(archive: Path, limits=None) -> str:
    into = archive.parent / "into"
    into.mkdir()
    before = {path for path in archive.parent.rglob("*") if into not in path.parents}
    with pytest.raises(DatasetError) as caught:
        unpack(archive, into, limits)
    assert {path for path in archive.parent.rglob("*") if into not in path.parents} == before
    message = str(caught.value)
    assert message.startswith(f"{archive}: ")
    assert "\n" not in message
    return message


def content_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


MEMBERS = (("set/a (1).txt", b"one"), ("set/deep/b.txt", b""), ("ü.txt", b"x" * 300_000))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_what_was_packed_comes_out(tmp_path, make):
    into = tmp_path / "into"
    into.mkdir()
    unpack(make(tmp_path / "archive", *MEMBERS), into)
    assert content_of(into) == dict(MEMBERS)


@pytest.mark.parametrize("mode", ["w", "w:bz2", "w:xz"])
def test_other_tars(tmp_path, mode):
    into = tmp_path / "into"
    into.mkdir()
    unpack(tarred(tmp_path / "archive", *MEMBERS, mode=mode), into)
    assert content_of(into) == dict(MEMBERS)


def test_tar_of_a_folder_by_its_dot(tmp_path):
    (tmp_path / "set/sub").mkdir(parents=True)
    (tmp_path / "set/sub/a.txt").write_bytes(b"a")
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        archive.add(tmp_path / "set", ".")
    into = tmp_path / "into"
    into.mkdir()
    unpack(tmp_path / "set.tar", into)
    assert content_of(into) == {"sub/a.txt": b"a"}


def test_modes_of_the_archive_are_not_taken(tmp_path):
    info = tarfile.TarInfo("run")
    info.mode = 0o6777
    into = tmp_path / "into"
    into.mkdir()
    unpack(tarred(tmp_path / "a.tar", (info, b"")), into)
    assert stat.S_IMODE((into / "run").stat().st_mode) & 0o6111 == 0


HOSTILE = ["/etc/x", "../x", "a/../../x", "a\\..\\x", "C:/x", "c:x", "//host/x", "a//x", ".."]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_that_point_outside(tmp_path, make, name):
    assert "points outside" in refusal(make(tmp_path / "archive", ("fine", b""), (name, b"evil")))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar(tmp_path, kind):
    info = tarfile.TarInfo("link")
    info.type = kind
    info.linkname = "/etc"
    assert "link or a device" in refusal(tarred(tmp_path / "a.tar", (info, b"")))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_a_zip(tmp_path, kind):
    info = zipfile.ZipInfo("link")
    info.external_attr = (kind | 0o777) << 16
    assert "link or a device" in refusal(zipped(tmp_path / "a.zip", (info, b"/etc")))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_bomb_is_stopped_while_it_unpacks(tmp_path, make):
    archive = make(tmp_path / "archive", ("a", bytes(3_000_000)), ("b", bytes(3_000_000)))
    assert archive.stat().st_size < 50_000
    assert "more than 4000000 bytes" in refusal(archive, Limits(bytes=4_000_000))
    assert sum(len(content) for content in content_of(tmp_path / "into").values()) <= 4_000_000


def test_size_in_the_header_is_not_believed(tmp_path):
    archive = zipped(tmp_path / "a.zip", ("a", bytes(5_000_000)))
    honest = (5_000_000).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(honest, (10).to_bytes(4, "little")))
    refusal(archive, Limits(bytes=1_000_000))


@pytest.mark.parametrize("make", [zipped, tarred])
def test_too_many_members(tmp_path, make):
    members = [(f"m{index}", b"") for index in range(11)]
    assert "more than 10 members" in refusal(make(tmp_path / "archive", *members), Limits(members=10))


@pytest.mark.parametrize("names", [("a", "a"), ("a", "a/b"), ("a/b", "a")])
def test_member_that_stands_twice(tmp_path, names):
    refusal(tarred(tmp_path / "a.tar", *((name, b"x") for name in names)))


def test_encrypted_zip(tmp_path):
    archive = zipped(tmp_path / "a.zip", ("a", b"secret"), compression=zipfile.ZIP_STORED)
    content = bytearray(archive.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    assert "password" in refusal(archive)


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"PK\x03\x04"])
def test_not_an_archive(tmp_path, content):
    (tmp_path / "archive").write_bytes(content)
    assert "not a zip or tar" in refusal(tmp_path / "archive")


def test_beginning_of_an_archive(tmp_path):
    whole = tarred(tmp_path / "a.tar", *MEMBERS).read_bytes()
    (tmp_path / "a.tar").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(tmp_path / "a.tar")


def test_full_disk_is_not_called_damage(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    archive = zipped(tmp_path / "a.zip", ("a", b"x"))
    monkeypatch.setattr("xaibrain.unpack._Folder.write", full)
    with pytest.raises(OSError, match="No space left"):
        unpack(archive, tmp_path)


pieces = st.sampled_from(["a", "b", "..", ".", "", "/", "\\", "C:", "~", "\x00", "é", "*", " ", "a" * 300])
hostile_names = st.lists(pieces, min_size=1, max_size=5).map("/".join)
# zipfile cuts names at NUL, and cannot write an empty one.
hostile_names = hostile_names.filter(lambda name: name.split("\0")[0])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(hostile_names, min_size=1, max_size=4, unique=True), make=st.sampled_from([zipped, tarred])
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_name_leaves_the_folder(tmp_path_factory, names, make):
    top = tmp_path_factory.mktemp("top")
    archive = make(top / "archive", *((name, b"x") for name in names))
    into = top / "a/b/c/into"
    into.mkdir(parents=True)
    with contextlib.suppress(DatasetError):
        unpack(archive, into)
    assert {path for path in content_of(top) if not path.startswith("a/b/c/into/")} == {"archive"}


@settings(max_examples=80, deadline=None)
@given(data=st.data(), make=st.sampled_from([zipped, tarred]), mode=st.sampled_from(["w", "w:gz", "w:xz"]))
def test_any_damage_is_refused_or_harmless(tmp_path_factory, data, make, mode):
    top = tmp_path_factory.mktemp("top")
    options = {"mode": mode} if make is tarred else {}
    archive = make(top / "archive", ("set/a", b"one" * 50), ("set/b", b"two"), **options)
    content = bytearray(archive.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    archive.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    into = top / "into"
    into.mkdir()
    message = f"{archive}: "
    try:
        unpack(archive, into)
    except DatasetError as error:
        message = str(error)
    assert message.startswith(f"{archive}: ")
    assert "\n" not in message
