from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError, LibraryError
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import folder_name, list_libraries, open_library
from engine.library.scan import scan
from engine.paths import Paths
from tests.engine.library.pictures import jpeg, put

ROOT = Path(__file__).parents[3]

HOLDER = """
import sys
from engine.library.libraries import open_library
from engine.paths import Paths
with open_library(Paths.resolve()):
    print("open", flush=True)
    sys.stdin.read()
"""


def names(paths: Paths) -> list[str]:
    return [library.name for library in list_libraries(paths)]


def test_libraries_are_listed_by_the_names_they_were_given(paths: Paths) -> None:
    wanted = ["Home", "a/b", "..", "Küche: 50 %", "CON", "東京の食事", ".hidden", "dot."]
    for name in wanted:
        open_library(paths, name).close()
    assert names(paths) == sorted(wanted, key=lambda name: (name.casefold(), name))
    assert {library.folder.parent for library in list_libraries(paths)} == {paths.libraries}


def test_there_are_no_libraries_before_the_first_is_made(paths: Paths) -> None:
    assert list_libraries(paths) == []


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=70))
def test_a_name_becomes_a_safe_folder_that_leads_back(name: str) -> None:
    if not (name.strip() and name.strip().isprintable() and len(name.strip()) <= 60):
        with pytest.raises(InputError):
            folder_name(name)
        return
    folder = folder_name(name)
    assert folder_name(unquote(folder)) == folder
    assert not set(folder) & set('<>:"/\\|?*')
    assert folder not in {".", ".."}
    assert len(folder.encode()) <= 255
    assert folder == folder.strip().rstrip(".")


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines", "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(paths: Paths, name: str) -> None:
    with pytest.raises(InputError) as caught:
        open_library(paths, name)
    assert caught.value.code == "FS-002"


def test_a_second_writer_learns_who_the_first_is(paths: Paths) -> None:
    with open_library(paths, "Home"):
        with pytest.raises(LibraryError) as caught:
            open_library(paths, "Home")
        open_library(paths, "Other").close()
    assert caught.value.code == "FS-207"
    open_library(paths, "Home").close()


def test_another_process_keeps_writers_out_and_readers_in(
    paths: Paths, photos: Path, catalogue: Catalogue
) -> None:
    put(photos / "soup.jpg", jpeg(1))
    scan(catalogue, JobContext())
    catalogue.close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(LibraryError) as caught:
            open_library(paths)
        assert (caught.value.code, caught.value.details["pid"]) == ("FS-207", str(holder.pid))
        with open_library(paths, read_only=True) as reader:
            assert (reader.count(), reader.read_only) == (1, True)
            assert reader.photos(reader.ids())[0].path.name == "soup.jpg"
        holder.communicate()
    open_library(paths).close()


def test_a_killed_writer_leaves_no_lock(paths: Paths) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    with open_library(paths) as catalogue:
        assert catalogue.recovered is None


def test_a_read_only_library_refuses_every_change(
    paths: Paths, photos: Path, catalogue: Catalogue
) -> None:
    with open_library(paths, read_only=True) as reader:
        changes = [
            lambda: reader.add_root(photos.parent),
            lambda: reader.remove_root(1),
            lambda: reader.set_exclusions(["x"]),
            lambda: reader.judge("query", 1, True),
            lambda: reader.retry_problems(),
            lambda: scan(reader, JobContext()),
        ]
        for change in changes:
            with pytest.raises(LibraryError) as caught:
                change()
            assert caught.value.code == "FS-209"
        assert [root.path for root in reader.roots()] == [photos]


def test_a_reader_sees_what_the_writer_has_stored(paths: Paths, catalogue: Catalogue) -> None:
    with open_library(paths, read_only=True) as reader:
        assert reader.exclusions() == catalogue.exclusions()
        catalogue.set_exclusions(["thumbs"])
        assert reader.exclusions() == ("thumbs",)


def test_looking_at_a_library_that_does_not_exist_makes_none(paths: Paths) -> None:
    open_library(paths, "Home").close()
    with pytest.raises(InputError) as caught:
        open_library(paths, "Hom", read_only=True)
    assert caught.value.code == "FS-001"
    assert "Home" in str(caught.value)
    assert names(paths) == ["Home"]


def test_closing_twice_is_harmless(paths: Paths) -> None:
    catalogue = open_library(paths)
    catalogue.close()
    catalogue.close()
    open_library(paths).close()
