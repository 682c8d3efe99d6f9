"""Formats that are written byte by byte: sums that are known, and what can be read back."""

import bz2
import struct
from io import BytesIO

import pytest

from shellwright.recipe import Draw
from shellwright.recipe.deltas import bsdiff, rdiff, vcdiff
from shellwright.recipe.discs import DiscFile, compact_disc, floppy, free_bytes
from shellwright.recipe.oldpacks import lzw, uuencoded
from shellwright.recipe.parity import parity
from shellwright.recipe.pictures import pdf, recording
from shellwright.recipe.sums import posix_crc

OLD = "".join(f"row {n} of the old table\n" for n in range(60)).encode()
NEW = OLD.replace(b"row 7 ", b"line 7 ").replace(b"row 30 of the old table\n", b"") + b"end\n"
FILES = [DiscFile(f"{folder}FILE{n}.TXT", b"x" * 700 * n) for folder in ("", "A/") for n in (1, 2)]


def test_the_posix_sum_is_that_of_the_standard() -> None:
    assert posix_crc(b"123456789") == 930766865
    assert posix_crc(b"") == 4294967295


def test_a_floppy_has_its_size_and_counts_what_is_free() -> None:
    image = floppy("LABEL", FILES)
    assert len(image) == 720 * 1024
    assert image[510:512] == b"\x55\xaa"
    table = image[512 : 512 * 4]
    cells = [int.from_bytes(table[n * 3 // 2 :][:2], "little") >> n % 2 * 4 for n in range(715)]
    assert free_bytes(FILES) == sum(cell & 0xFFF == 0 for cell in cells) * 1024


def test_a_floppy_that_is_too_small_says_so() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        floppy("LABEL", [DiscFile("BIG.BIN", bytes(800_000))])


def test_a_disc_is_as_long_as_its_header_says() -> None:
    image = compact_disc("DISC", FILES)
    assert image[16 * 2048 + 1 :][:5] == b"CD001"
    assert struct.unpack_from("<I", image, 16 * 2048 + 80)[0] * 2048 == len(image)


def test_the_delta_of_librsync_gives_the_new_file() -> None:
    delta, out = BytesIO(rdiff(OLD, NEW)), b""
    assert delta.read(4) == b"rs\x02\x36"
    while (code := delta.read(1)) != b"\0":
        if code == b"\x43":
            out += delta.read(int.from_bytes(delta.read(4), "big"))
        else:
            assert code == b"\x4f"
            place, count = struct.unpack(">II", delta.read(8))
            out += OLD[place : place + count]
    assert out == NEW


def test_the_delta_of_bsdiff_gives_the_new_file() -> None:
    delta = bsdiff(OLD, NEW)
    controls, zeros, size = struct.unpack_from("<qqq", delta, 8)
    control = bz2.decompress(delta[32 : 32 + controls])
    extra = BytesIO(bz2.decompress(delta[32 + controls + zeros :]))
    place, out = 0, b""
    for copied, added, step in struct.iter_unpack("<qqQ", control):
        out += OLD[place : place + copied] + extra.read(added)
        seek = step & ~(1 << 63)
        place += copied + (-seek if step >> 63 else seek)
    assert out == NEW
    assert size == len(NEW)


def test_deltas_are_small() -> None:
    assert vcdiff(OLD, NEW).startswith(b"\xd6\xc3\xc4")
    assert max(len(write(OLD, NEW)) for write in (vcdiff, bsdiff, rdiff)) < len(NEW) // 4


def test_the_first_recovery_slice_is_the_sum_of_all_slices() -> None:
    data = Draw("parity").bytes(64)
    _, volume = parity({"a": data[:32], "b": data[32:]}, 32, 2)
    assert bytes(x ^ y for x, y in zip(data[:32], data[32:], strict=True)) in volume


def test_lzw_makes_text_smaller_and_has_its_mark() -> None:
    assert lzw(OLD)[:3] == b"\x1f\x9d\x90"
    assert len(lzw(OLD)) < len(OLD) // 2
    assert uuencoded("a", b"abc") == b"begin 644 a\n#86)C\n`\nend\n"


def test_media_name_their_own_lengths() -> None:
    sound = recording(250)
    assert struct.unpack_from("<I", sound, 4)[0] == len(sound) - 8
    document = pdf([["one (1)"], []], "title")
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    assert document[start:].startswith(b"xref\n0 9\n")
