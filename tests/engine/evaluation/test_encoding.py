from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.codes import binarize
from engine.evaluation.encoding import encode_files
from engine.events import JobCancelled, JobContext, Progress
from tests.engine.library.pictures import ColourEncoder, jpeg, picture, put


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [put(tmp_path / f"{seed}.jpg", jpeg(seed)) for seed in range(9)]


@pytest.mark.parametrize("batch_size", [1, 4, 9, 50])
def test_codes_come_in_the_order_of_the_files(files: list[Path], batch_size: int) -> None:
    encoder = ColourEncoder()
    encoded = encode_files(encoder, files, JobContext(), batch_size=batch_size)
    alone = [encode_files(encoder, [file], JobContext()).codes[0] for file in files]
    assert encoded.readable.all()
    assert np.array_equal(encoded.codes, np.array(alone))
    assert len(np.unique(encoded.codes, axis=0)) == len(files)


def test_a_code_is_that_of_the_decoded_picture(tmp_path: Path) -> None:
    encoder = ColourEncoder()
    path = tmp_path / "one.png"
    picture(5).save(path)
    expected = binarize(encoder.encode(encoder.prepare(picture(5))[None]))
    assert np.array_equal(encode_files(encoder, [path], JobContext()).codes, expected)


def test_unreadable_files_are_reported_and_the_others_encoded(files: list[Path]) -> None:
    files[3].write_text("not a photo")
    files[8].unlink()
    encoded = encode_files(ColourEncoder(), files, JobContext(), batch_size=4)
    assert np.flatnonzero(~encoded.readable).tolist() == [3, 8]
    assert {number: error.code for number, error in encoded.failures.items()} == {
        3: "FS-101",
        8: "FS-107",
    }
    assert encoded.codes[[0, 1, 2, 4, 5, 6, 7]].any(axis=1).all()


def test_nothing_at_all_has_no_codes() -> None:
    assert encode_files(ColourEncoder(), [], JobContext()).codes.shape == (0, 6)


def test_a_stopped_job_ends_soon_and_leaves_no_thread(files: list[Path]) -> None:
    seen: list[int] = []

    def stop(progress: Progress) -> None:
        seen.append(progress.done)
        ctx.cancel()

    ctx = JobContext(stop)
    with pytest.raises(JobCancelled):
        encode_files(ColourEncoder(), files * 50, ctx, batch_size=2)
    assert len(seen) == 1
