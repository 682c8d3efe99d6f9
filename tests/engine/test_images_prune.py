"""Images that nothing names are removed by command; those in use or named stay."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.images import lose

from shellwright.images import prune
from shellwright.images.catalogue import BASE
from shellwright.images.workshop import Workshop

pytestmark = pytest.mark.engine


@pytest.fixture
def names(engine: Any, image: str, workshop: Workshop) -> Iterator[list[str]]:
    """Three names of images that only this test knows: each another image, on the base."""
    made = []
    for letter in "abc":
        name = f"shellwright/prune-{letter}:{secrets.token_hex(8)}"
        container = engine.api.create_container(workshop.tag(BASE), ["true"])["Id"]
        engine.api.commit(container, *name.split(":"))
        engine.api.remove_container(container)
        made.append(name)
    yield made
    for name in made:
        lose(engine, name)


def test_what_is_named_or_in_use_stays(
    engine: Any, names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named, used, gone = names
    (tmp_path / "results" / "images" / "domains").mkdir(parents=True)
    record = tmp_path / "results" / "images" / "domains" / "a.json"
    record.write_text(json.dumps({"reference": named}))
    container = engine.api.create_container(used, ["true"])["Id"]
    try:
        assert prune.main(["--dry-run", str(tmp_path)]) == 0
        said = capsys.readouterr().out
        assert f"would remove {gone} (" in said
        assert named not in said and used not in said
        # Other tests' images are nobody's here, so only this test's own are removed.
        keep = prune.named_by_configurations([]) | prune.named_by_folder(tmp_path)
        stale = [each for each in prune.stale_images(engine, keep) if each.name in names]
        assert [each.name for each in stale] == [gone]
        busy = prune.Stale(used, 0)
        outcome = dict(prune.remove(engine, [*stale, busy]))
        assert outcome[stale[0]] == ""
        assert "container" in outcome[busy]
        assert [name for name in names if engine.images.list(name)] == [named, used]
    finally:
        engine.api.remove_container(container)
