"""Images are built once, known by what they are made of, and brought back when they are lost."""

import dataclasses
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shellwright.errors import UserError
from shellwright.images import authorities
from shellwright.images.build import NAME_LABEL, build_domain, context, ensure_image
from shellwright.images.building import BuildFailed
from shellwright.images.catalogue import domains, packages_of
from shellwright.images.workshop import Workshop
from shellwright.sandbox.box import Box

pytestmark = pytest.mark.engine


@pytest.fixture
def tiny(workshop: Workshop, tmp_path: Path, engine: Any) -> Iterator[Workshop]:
    """A workshop with two small images, one on the other."""
    for name, text in {
        "lower": "FROM shellwright/base\nCOPY . /lower\nRUN echo building && test -d /lower\n",
        "upper": "FROM shellwright/lower\nRUN cp /lower/file /upper\n",
    }.items():
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(text)
        (folder / "file").write_text("content\n")
    tiny = dataclasses.replace(workshop, folder=tmp_path / "images", results=tmp_path / "results")
    tags = {tiny.tag("lower"), tiny.tag("upper")}
    yield tiny
    for name in ("upper", "lower"):
        tags |= {tiny.tag(name)}
    for tag in sorted(tags, key=lambda tag: "upper" not in tag):
        if engine.images.list(tag):
            engine.images.remove(tag, force=True)


def test_a_second_build_builds_nothing(engine: Any, tiny: Workshop) -> None:
    first = build_domain(engine, "upper", tiny)
    assert "building" in tiny.log("lower").read_text()
    tiny.log("lower").unlink()
    assert build_domain(engine, "upper", tiny) == first
    assert not tiny.log("lower").exists()
    assert first["reference"] == f"shellwright/upper:{first['key'][:16]}"
    assert any(package.startswith("coreutils=") for package in first["packages"])
    assert first["base"]["made_by"] in ("registry", "mmdebstrap")


def test_a_record_names_a_log_only_where_the_image_was_built(
    engine: Any, tiny: Workshop, tmp_path: Path
) -> None:
    assert build_domain(engine, "upper", tiny)["log_path"] == str(tiny.log("upper"))
    elsewhere = dataclasses.replace(tiny, results=tmp_path / "elsewhere")
    assert build_domain(engine, "upper", elsewhere)["log_path"] is None
    elsewhere.log("upper").write_text(f"shellwright/upper:{'0' * 16}\nof another key\n")
    assert build_domain(engine, "upper", elsewhere)["log_path"] is None


def test_a_change_below_makes_another_image(engine: Any, tiny: Workshop) -> None:
    first = build_domain(engine, "upper", tiny)
    (tiny.folder / "lower" / "file").write_text("other\n")
    second = build_domain(engine, "upper", tiny)
    assert second["key"] != first["key"]
    assert engine.containers.run(second["image"], ["cat", "/upper"], remove=True) == b"other\n"
    engine.images.remove(first["reference"])


def test_a_lost_image_is_built_again(engine: Any, tiny: Workshop, caplog: Any) -> None:
    record = build_domain(engine, "upper", tiny)
    record["packages"] = ["bash=0.1" if p.startswith("bash=") else p for p in record["packages"]]
    assert ensure_image(engine, record, tiny) == record["image"]
    for name in ("upper", "lower"):
        engine.images.remove(tiny.tag(name))
    with caplog.at_level("WARNING", "shellwright"):
        image = ensure_image(engine, record, tiny)
    (said,) = [text for text in caplog.messages if "other packages" in text]
    assert said.startswith(record["reference"]) and "recorded: bash: 0.1 -> " in said
    assert engine.containers.run(image, ["cat", "/upper"], remove=True) == b"content\n"


def test_a_lost_image_comes_from_the_archive(engine: Any, tiny: Workshop) -> None:
    keeping = dataclasses.replace(tiny, keep=True)
    record = build_domain(engine, "upper", keeping)
    for name in ("upper", "lower"):
        engine.images.remove(tiny.tag(name))
    (tiny.log("upper")).unlink()
    assert ensure_image(engine, record, keeping) == record["image"]
    assert not tiny.log("upper").exists()


def test_an_archive_of_no_use_is_made_anew(engine: Any, tiny: Workshop) -> None:
    keeping = dataclasses.replace(tiny, keep=True)
    record = build_domain(engine, "upper", keeping)
    archive = keeping.archive(tiny.tag("upper"))
    archive.write_bytes(archive.read_bytes()[:200])
    engine.images.remove(tiny.tag("upper"))
    rebuilt = ensure_image(engine, record, keeping)
    engine.images.remove(tiny.tag("upper"))
    tiny.log("upper").unlink()
    assert ensure_image(engine, record, keeping) == rebuilt
    assert not tiny.log("upper").exists()


def test_steps_of_a_build_say_whose_they_are(engine: Any, tiny: Workshop) -> None:
    record = build_domain(engine, "lower", tiny)
    history = engine.api.history(record["image"])
    assert any(f"LABEL {NAME_LABEL}=lower" in step["CreatedBy"] for step in history)


def test_a_failed_build_says_why_and_where(engine: Any, tiny: Workshop) -> None:
    (tiny.folder / "lower" / "Dockerfile").write_text(
        "FROM shellwright/base\nRUN echo the reason >&2; exit 7\n"
    )
    with pytest.raises(BuildFailed, match=r"(?s)image lower .*lower\.log:\n.*the reason.*code: 7"):
        build_domain(engine, "upper", tiny)


def test_a_build_has_an_end(engine: Any, tiny: Workshop) -> None:
    (tiny.folder / "lower" / "Dockerfile").write_text(
        "FROM shellwright/base\nRUN while sleep 0.2; do echo busy; done\n"
    )
    with pytest.raises(BuildFailed, match=r"stopped after images\.build_timeout_s"):
        build_domain(engine, "lower", dataclasses.replace(tiny, timeout=2.0))


AUTHORITY = b"-----BEGIN CERTIFICATE-----\nb25seSBoZXJl\n-----END CERTIFICATE-----\n"


@pytest.mark.slow
def test_own_authorities_are_there_while_building_and_never_in_the_image(
    engine: Any, tiny: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "authorities.pem").write_bytes(AUTHORITY)
    for name in authorities.VARIABLES:
        monkeypatch.setenv(name, str(tmp_path / "authorities.pem"))
    (tiny.folder / "lower" / "Dockerfile").write_text(
        "FROM shellwright/base\nENV KEPT=1\nCOPY file /lower/file\n"
        'RUN cmp "$SSL_CERT_FILE" "$PIP_CERT" && grep -r "$SSL_CERT_FILE" /etc/apt \\\n'
        '    && cp "$SSL_CERT_FILE" /seen && sha256sum /seen > /lower/sum && rm /seen\n'
    )
    record = build_domain(engine, "upper", tiny)
    about = engine.api.inspect_image(record["image"])
    text = str(about) + str(engine.api.history(record["image"]))
    assert authorities.INSIDE not in text
    assert "KEPT=1" in about["Config"]["Env"]
    assert about["Config"]["Labels"]["shellwright.key"] == record["key"]
    sums = engine.containers.run(record["image"], ["cat", "/lower/sum"], remove=True)
    assert hashlib.sha256(AUTHORITY).hexdigest() in sums.decode()
    with tempfile.TemporaryFile() as file:
        for chunk in engine.api.get_image(record["image"]):
            file.write(chunk)
        file.seek(0)
        assert AUTHORITY not in file.read()
    # The layers of the image below are the first ones of the image above.
    below = engine.api.inspect_image(tiny.tag("lower"))["RootFS"]["Layers"]
    assert about["RootFS"]["Layers"][: len(below)] == below


def test_proxies_are_not_in_the_image(
    engine: Any, tiny: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "intern.example")
    (tiny.folder / "lower" / "Dockerfile").write_text(
        "FROM shellwright/base\nCOPY file /lower/file\n"
        "RUN test $HTTPS_PROXY = http://proxy.example:3128 && test $no_proxy = intern.example\n"
    )
    record = build_domain(engine, "lower", tiny)
    about = engine.api.inspect_image(record["image"])
    text = str(about) + str(engine.api.history(record["image"]))
    assert "proxy.example" not in text.replace("= http://proxy.example", "")
    assert "PROXY" not in str(about["Config"]["Env"]).upper()


def test_a_link_in_a_context_is_refused(tiny: Workshop) -> None:
    (tiny.folder / "lower" / "link").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match="lower/link: a symbolic link"):
        context("lower", tiny, "base")


@pytest.mark.slow
@pytest.mark.parametrize("domain", domains())
def test_a_domain_has_what_it_promises(engine: Any, workshop: Workshop, domain: str) -> None:
    record = build_domain(engine, domain, workshop)
    installed = {package.partition("=")[0] for package in record["packages"]}
    assert packages_of(domain) <= installed
    with Box.start(engine, record["image"], run_id="images-test") as box:
        ran = box.run(["bash", "--login", "-c", "locale | head -1; date +%Z; id -un; tmux -V; ls"])
        assert ran.text.splitlines()[:3] == ["LANG=C.UTF-8", "UTC", "agent"]
        assert ran.text.splitlines()[3].startswith("tmux")
        assert len(ran.text.splitlines()) == 4
        assert box.run_python(["-m", "pytest", "--version"]).exit_code == 0
