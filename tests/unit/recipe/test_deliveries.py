"""What arrives in a wrapping, and what a list of checksums says."""

import email
import email.policy
import gzip
import io
import tarfile
import zipfile

from shellwright.recipe import Archive, Delivery, Draw, Manifest, Scenario
from shellwright.recipe.kinds.manifest import sums
from shellwright.recipe.start import start_world
from shellwright.recipe.wrapping import MARKER, SIGNATURE


def delivery(wrapping: str, holds: str) -> Delivery:
    scenario = Scenario.of("delivery", wrapping=wrapping, holds=holds, origin="received")
    found = start_world(scenario, Draw("test", 1)).focus
    assert isinstance(found, Delivery)
    return found


def members(content: bytes) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name for member in archive if member.isfile()}


def test_the_good_parts_make_the_archive_and_the_damaged_one_does_not() -> None:
    sent = delivery("parts", "table")
    files = {entry.path: entry.content for entry in sent.entries() if entry.kind == "file"}
    good = b"".join(piece for _, piece in sent.parts())
    assert good == sent.archive.content()
    name = f"{sent.path}/{sent.name}.{sent.resent}"
    assert files[name] != files[name + ".resent"] == sent.parts()[sent.resent - 1][1]


def test_a_mail_carries_the_archive_as_its_second_attachment() -> None:
    sent = delivery("mail", "log")
    message = email.message_from_bytes(sent.content, policy=email.policy.default)
    _, archive = message.iter_attachments()
    assert archive.get_filename() == sent.name
    content = archive.get_payload(decode=True)
    assert content == sent.archive.content()
    assert isinstance(content, bytes)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


def test_an_installer_is_script_archive_and_signature() -> None:
    sent = delivery("installer", "tree")
    _, _, rest = sent.content.partition(f"\n{MARKER}\n".encode())
    assert rest[:-SIGNATURE] == sent.archive.content()


def test_a_package_has_the_members_of_one() -> None:
    sent = delivery("package", "tree")
    assert sent.content.startswith(b"!<arch>\ndebian-binary ")
    assert sent.content.count(b"`\n") == 3
    start = sent.content.index(b"\xfd7zXZ")
    names = members(sent.content[start:])
    assert {name.rpartition("/documents/")[2] for name in names} == {
        file.name
        for file in sent.archive.payload.files  # type: ignore[attr-defined]
    }


def test_nested_archives_hold_the_whole_tree() -> None:
    sent = delivery("nested", "tree")
    with tarfile.open(fileobj=io.BytesIO(sent.content)) as outer:
        inside = {m.name: outer.extractfile(m).read() for m in outer}  # type: ignore[union-attr]
    zipped = next(content for name, content in inside.items() if name.endswith(".zip"))
    with tarfile.open(fileobj=io.BytesIO(inside["rest.tar.gz"])) as rest:
        packed = {m.name: rest.extractfile(m).read() for m in rest if m.isfile()}  # type: ignore[union-attr]
    innermost = next(content for name, content in packed.items() if name.endswith(".tar.bz2"))
    found = {n for n in zipfile.ZipFile(io.BytesIO(zipped)).namelist() if not n.endswith("/")}
    found |= members(innermost) | {name for name in packed if not name.endswith(".tar.bz2")}
    wanted = {n for n, e in sent.archive.members().items() if e.kind == "file"}
    assert found == wanted


def test_a_truncated_log_ends_within_a_line() -> None:
    sent = delivery("truncated", "log")
    whole = sent.archive.payload.entries()[0].content
    salvaged = sent.salvaged()
    assert whole.startswith(salvaged)
    assert 0 < len(salvaged) < len(whole)
    assert not salvaged.endswith(b"\n")


def test_a_stale_manifest_differs_from_its_folder_in_every_way() -> None:
    found = start_world(Scenario.of("manifest", condition="stale"), Draw("test", 2)).focus
    assert isinstance(found, Manifest)
    now, then = sums(found.tree), sums(found.listed)
    assert now.keys() - then.keys()
    assert then.keys() - now.keys()
    assert [name for name in now.keys() & then.keys() if now[name] != then[name]]


def test_every_format_of_archive_can_be_written() -> None:
    archive = start_world(
        Scenario.of("archive", format="tar.gz", holds="tree", origin="received"), Draw("t")
    ).focus
    assert isinstance(archive, Archive)
    assert gzip.decompress(archive.content())[257:262] == b"ustar"
