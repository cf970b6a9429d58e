"""Files that somebody made to harm: each is refused with its code, and the disk stays as it was."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ModelError
from engine.models import container
from engine.models.store import ModelStore
from engine.paths import Paths
from tests.engine.models.conftest import Edit, make_bundle, make_zip, members_of


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def refuse(tmp_path: Path, home: Path) -> Callable[[Path, str], None]:
    """Import a file and expect a code, and no change anywhere."""

    def check(path: Path, code: str) -> None:
        before = snapshot(tmp_path), snapshot(home)
        with pytest.raises(ModelError) as caught:
            ModelStore(Paths.resolve(), bundled=tmp_path / "none").import_file(path)
        assert caught.value.code == code, str(caught.value)
        assert (snapshot(tmp_path), snapshot(home)) == before

    return check


Refuse = Callable[[Path, str], None]


@pytest.fixture
def members(tmp_path: Path) -> dict[str, bytes]:
    return members_of(make_bundle(tmp_path / "good.fsmodel"))


def replace_tensors(members: dict[str, bytes], content: bytes) -> dict[str, bytes]:
    """Put other bytes in place of the weights, with a checksum that is right for them."""
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["model.safetensors"] = hashlib.sha256(content).hexdigest()
    return {
        **members,
        "manifest.json": json.dumps(manifest).encode(),
        "model.safetensors": content,
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../escape.txt", "FS-605"),
        ("../../.bashrc", "FS-605"),
        ("/etc/cron.d/job", "FS-605"),
        ("C:\\Windows\\system.ini", "FS-605"),
        ("..\\escape.txt", "FS-605"),
        ("sub/manifest.json", "FS-605"),
        ("./manifest.json", "FS-605"),
        ("sub/", "FS-605"),
        ("readme.txt", "FS-605"),
        ("code.py", "FS-605"),
        ("manifest.json\x00.txt", "FS-605"),
        ("MANIFEST.JSON", "FS-605"),
        ("weights.pt", "FS-603"),
        ("weights.pth", "FS-603"),
        ("pytorch_model.BIN", "FS-603"),
        ("archive/data.pkl", "FS-603"),
    ],
)
def test_members_that_do_not_belong(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, name: str, code: str
) -> None:
    path = tmp_path / "bad.fsmodel"
    with zipfile.ZipFile(path, "w") as archive:
        for good, content in members.items():
            archive.writestr(good, content)
        info = zipfile.ZipInfo("placeholder")
        info.filename = name  # the constructor would repair some of these
        archive.writestr(info, b"content")
    if "\x00" in name:  # readers cut the name there: it is manifest.json a second time
        assert zipfile.ZipFile(path).namelist().count("manifest.json") == 2
    refuse(path, code)


@pytest.mark.parametrize("missing", ["manifest.json", "model.safetensors", "report.json"])
def test_missing_members(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, missing: str
) -> None:
    del members[missing]
    refuse(make_zip(tmp_path / "bad.fsmodel", members), "FS-601")


def test_a_member_twice(tmp_path: Path, members: dict[str, bytes], refuse: Refuse) -> None:
    path = make_zip(tmp_path / "bad.fsmodel", members)
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(path, "a") as archive,
    ):
        archive.writestr("manifest.json", members["manifest.json"])
    refuse(path, "FS-605")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFCHR])
def test_members_that_are_no_plain_files(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, kind: int
) -> None:
    path = tmp_path / "bad.fsmodel"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | 0o777) << 16 if name == "report.json" else 0
            archive.writestr(info, content)
    refuse(path, "FS-605")


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
def test_compressed_members(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, method: int
) -> None:
    path = tmp_path / "bomb.fsmodel"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content + b" " * 1_000_000)
    refuse(path, "FS-605")


def set_directory_field(path: Path, name: str, offset: int, form: str, value: int) -> None:
    """Overwrite a field of a member's entry in the central directory."""
    content = bytearray(path.read_bytes())
    start = content.find(b"PK\x01\x02")
    while content[start + 46 : start + 46 + len(name)] != name.encode():
        start = content.find(b"PK\x01\x02", start + 1)
    struct.pack_into(form, content, start + offset, value)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("offset", "form", "value", "code"),
    [
        (8, "<H", 1, "FS-605"),  # encrypted
        (10, "<H", 8, "FS-605"),  # compression method
        (10, "<H", 99, "FS-605"),
        (20, "<I", 5, "FS-605"),  # compressed size
        (24, "<I", 2**32 - 2, "FS-605"),  # size
        (42, "<I", 2**31, "FS-602"),  # offset of the content
        (42, "<I", 7, "FS-602"),
        (16, "<I", 1, "FS-602"),  # its own checksum
    ],
)
def test_a_directory_that_lies(
    tmp_path: Path,
    members: dict[str, bytes],
    refuse: Refuse,
    offset: int,
    form: str,
    value: int,
    code: str,
) -> None:
    path = make_zip(tmp_path / "bad.fsmodel", members)
    set_directory_field(path, "model.safetensors", offset, form, value)
    refuse(path, code)


def test_sizes_beyond_the_file(tmp_path: Path, members: dict[str, bytes], refuse: Refuse) -> None:
    path = make_zip(tmp_path / "bad.fsmodel", members)
    for offset in (20, 24):
        set_directory_field(path, "model.safetensors", offset, "<I", 2**31)
    refuse(path, "FS-605")


def test_a_list_of_a_million_members(tmp_path: Path, refuse: Refuse) -> None:
    path = tmp_path / "long.fsmodel"
    entry = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, *[0] * 4, *[0] * 3, 1, *[0] * 4, 0, 0
    )
    listing = (entry + b"a") * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listing), 0, 0)
    path.write_bytes(listing + end)
    refuse(path, "FS-602")


@pytest.mark.parametrize("name", ["manifest.json", "report.json", "model.safetensors"])
def test_oversized_members(
    tmp_path: Path,
    members: dict[str, bytes],
    refuse: Refuse,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setitem(container.MAX_BYTES, name, len(members[name]) - 1)
    refuse(make_zip(tmp_path / "bad.fsmodel", members), "FS-605")


def test_a_folder_with_an_oversized_file(tmp_path: Path, refuse: Refuse) -> None:
    folder = make_bundle(tmp_path / "bad")
    os.truncate(folder / "manifest.json", container.MAX_BYTES["manifest.json"] + 1)
    refuse(folder, "FS-605")


@pytest.mark.parametrize("name", ["manifest.json", "model.safetensors", "report.json"])
def test_a_folder_with_a_link(tmp_path: Path, refuse: Refuse, name: str) -> None:
    folder = make_bundle(tmp_path / "bad")
    target = tmp_path / "elsewhere"
    os.rename(folder / name, target)
    (folder / name).symlink_to(target)
    refuse(folder, "FS-605")


def test_folders_with_other_things(tmp_path: Path, refuse: Refuse) -> None:
    folder = make_bundle(tmp_path / "bad")
    (folder / "sub").mkdir()
    refuse(folder, "FS-605")
    (folder / "sub").rmdir()
    (folder / "weights.pt").write_bytes(b"")
    refuse(folder, "FS-603")
    (folder / "weights.pt").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(ModelError, match="not a plain file"):
        container.open_container(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "report.json"])
def test_wrong_checksums(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, name: str
) -> None:
    members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])
    refuse(make_zip(tmp_path / "bad.fsmodel", members), "FS-602")


class Exploit:
    """A pickle that would leave a file when loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_for_weights(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, protocol: int
) -> None:
    content = pickle.dumps(Exploit(tmp_path / "owned"), protocol)
    path = make_zip(tmp_path / "bad.fsmodel", replace_tensors(members, content))
    refuse(path, "FS-603")
    assert not (tmp_path / "owned").exists()


def test_a_pickle_for_a_model(tmp_path: Path, refuse: Refuse) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Exploit(tmp_path / "owned")))
    refuse(path, "FS-603")
    assert not (tmp_path / "owned").exists()


def test_what_torch_saves(tmp_path: Path, members: dict[str, bytes], refuse: Refuse) -> None:
    import torch

    path = tmp_path / "checkpoint.fsmodel"
    torch.save({"weight": torch.zeros(2)}, path)
    refuse(path, "FS-603")
    inside = make_zip(tmp_path / "bad.fsmodel", replace_tensors(members, path.read_bytes()))
    refuse(inside, "FS-603")


@pytest.mark.parametrize(
    "tensors",
    [
        {"hash_layer.weight": np.zeros((9, 4), np.float32)},
        {"hash_layer.weight": np.zeros((4, 8), np.float32)},
        {"hash_layer.weight": np.zeros((), np.float32)},
        {"other": np.zeros((8, 4), np.float32)},
        {},
    ],
)
def test_wrong_shapes(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, tensors: dict[str, Any]
) -> None:
    content = safetensors.numpy.save(tensors)
    refuse(make_zip(tmp_path / "bad.fsmodel", replace_tensors(members, content)), "FS-602")


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda values: values.update(method="deephash9000"), "FS-606"),
        (lambda values: values.update(format_version=2), "FS-606"),
        (lambda values: values.update(format_version=0), "FS-601"),
        (lambda values: values.update(id="../../escape"), "FS-601"),
        (lambda values: values.update(id="/tmp/escape"), "FS-601"),
        (lambda values: values.update(num_bits=16, bit_names=[]), "FS-602"),
        (lambda values: values.update(num_bits="8"), "FS-601"),
        (lambda values: values.pop("preprocessing"), "FS-601"),
        (lambda values: values["preprocessing"].update(input_size=10**9), "FS-601"),
        (lambda values: values["preprocessing"].update(std=[0, 1, 1]), "FS-601"),
        (lambda values: values.update(files={}), "FS-601"),
        (lambda values: values["files"].update({"../x": "ab" * 32}), "FS-601"),
    ],
)
def test_manifests_that_lie(
    edited: Callable[[Edit], Path], refuse: Refuse, edit: Edit, code: str
) -> None:
    refuse(edited(edit), code)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"id": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_manifests_that_are_none(
    tmp_path: Path, members: dict[str, bytes], refuse: Refuse, text: bytes
) -> None:
    members["manifest.json"] = text
    refuse(make_zip(tmp_path / "bad.fsmodel", members), "FS-601")


def test_a_report_that_is_none(tmp_path: Path, members: dict[str, bytes], refuse: Refuse) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["report.json"] = hashlib.sha256(b"[").hexdigest()
    members["manifest.json"] = json.dumps(manifest).encode()
    members["report.json"] = b"["
    refuse(make_zip(tmp_path / "bad.fsmodel", members), "FS-602")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", bytes(100)])
def test_other_files(tmp_path: Path, refuse: Refuse, content: bytes) -> None:
    path = tmp_path / "photo.fsmodel"
    path.write_bytes(content)
    refuse(path, "FS-601")


def test_what_is_not_there(tmp_path: Path, refuse: Refuse) -> None:
    refuse(tmp_path / "gone.fsmodel", "FS-601")


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damage_at_random(tmp_path: Path, data: st.DataObject) -> None:
    """Cut off or flip bytes anywhere: the model is refused, or nothing that counts has changed."""
    whole = make_bundle(tmp_path / "good.fsmodel").read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.fsmodel"
    path.write_bytes(content[: data.draw(st.integers(0, len(whole)))])
    store = ModelStore(Paths.resolve(tmp_path / "home"), bundled=tmp_path / "none")
    try:
        store.import_file(path)
    except ModelError as error:
        refusal: str | None = error.code
    else:
        refusal = None
    if refusal:
        assert refusal in ("FS-601", "FS-602", "FS-603", "FS-605", "FS-606")
        assert store.list() == []
        return
    (model,) = store.list()  # a flipped bit in a harmless text of the manifest is not damage
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert (model.path / "model.safetensors").read_bytes() == archive.read("model.safetensors")
    store.remove(model.id)
