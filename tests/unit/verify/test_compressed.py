"""What compressed files hold is read, and never more of it than the bounds allow."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from shellwright.verify.compressed import MOST, Budget, unpacked

TEXT = b"adam\nmia\nzoe\n" * 40


def zipped(*contents: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(contents):
            archive.writestr(str(number), content)
    return made.getvalue()


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zip": zipped}


@pytest.mark.parametrize("name", PACKERS)
def test_a_compressed_file_is_what_it_holds(name: str) -> None:
    assert unpacked(PACKERS[name](TEXT), Budget()) == TEXT


@pytest.mark.parametrize("name", PACKERS)
def test_no_more_is_read_than_the_bound(name: str) -> None:
    assert len(unpacked(PACKERS[name](bytes(4 * MOST)), Budget())) == MOST


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("length", [6, 30, -30])
def test_a_file_that_was_cut_is_no_error(name: str, length: int) -> None:
    assert isinstance(unpacked(PACKERS[name](TEXT)[:length], Budget()), bytes)


def test_the_files_of_a_zip_archive_follow_one_another() -> None:
    assert unpacked(zipped(b"a", b"b"), Budget()) == b"a\nb"
    assert len(unpacked(zipped(*[bytes(MOST)] * 3), Budget())) == MOST


def test_any_other_file_is_itself() -> None:
    assert unpacked(TEXT, Budget()) == TEXT
    assert unpacked(b"", Budget()) == b""


@pytest.mark.parametrize("name", PACKERS)
def test_a_file_is_taken_as_it_is_when_the_budget_is_used_up(name: str) -> None:
    budget, large, small = Budget(2 * MOST), PACKERS[name](bytes(MOST)), PACKERS[name](TEXT)
    assert [len(unpacked(large, budget)) for _ in range(2)] == [MOST, MOST]
    assert unpacked(small, budget) == small
    unpacked(small[:-30], damaged := Budget(MOST))
    assert unpacked(TEXT, damaged) == TEXT
    assert damaged.left < MOST
