"""Index files: what is written is what is read, and anything else is refused with a remedy."""

import json
from pathlib import Path

import pytest

from shellwright.corpus import index
from shellwright.corpus.decontaminate import ControlMissed, Decontaminator, hot_grams
from shellwright.corpus.ngrams import NgramIndex, grams
from shellwright.corpus.tokens import tokenise
from shellwright.errors import UserError

SHIPPED = Path(__file__).resolve().parents[3] / "resources/decontamination/terminal-bench-2.idx"
TEXT = "The quartermaster wants every crate of the north depot weighed twice before any ship leaves"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "bench" / "crates"
    folder.mkdir(parents=True)
    (folder / "instruction.md").write_text(TEXT)
    out = tmp_path / "bench.idx"
    arguments = [str(folder.parent), "--name", "bench", "--out", str(out), "--provenance", "a test"]
    assert index.main(["build", *arguments]) == 0
    return out


def test_an_index_survives_the_file(path: Path) -> None:
    loaded = index.load_index(path)
    assert loaded.tasks["crates"] == grams(tokenise(TEXT), 14)
    assert loaded.scan(tokenise(TEXT))
    assert index.encode_index(loaded, "a test") == path.read_bytes()


def test_the_file_holds_no_word_of_the_benchmark(path: Path) -> None:
    content = path.read_bytes()
    assert not any(word in content for word in tokenise(TEXT) if len(word) > 5)


def test_the_shipped_index_is_small_and_holds_the_89_tasks() -> None:
    loaded = index.load_index(SHIPPED)
    assert len(loaded.tasks) == 90
    assert len(loaded) == 13218
    assert SHIPPED.stat().st_size < 400_000


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: b"nonsense", "no JSON header"),
        (lambda content: content[:-1], "damaged"),
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "damaged"),
        (lambda content: content.replace(b"tok-v1", b"tok-v0"), "tokeniser is 'tok-v0'"),
    ],
)
def test_a_spoilt_file_is_refused(path: Path, spoil: object, message: str) -> None:
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(UserError, match=message) as error:
        index.load_index(path)
    assert str(path) in str(error.value)
    assert "index build" in str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"corpus\.decontaminate\.indexes"):
        index.load_index(tmp_path / "none.idx")


def test_a_task_too_short_to_be_found_is_refused() -> None:
    with pytest.raises(UserError, match="task short: the instruction has 3 tokens"):
        index.build_index("bench", {"short": "far too short"})


def test_another_length_is_refused(path: Path) -> None:
    with pytest.raises(UserError, match=r"corpus\.decontaminate\.ngram is 13"):
        Decontaminator([path], 13)


@pytest.mark.parametrize("lost", ["grams", "anchors"])
def test_a_missed_control_stops_the_build(tmp_path: Path, lost: str) -> None:
    whole = index.build_index("bench", {"crates": TEXT})
    control = grams(tokenise(index.CONTROL_TEXT), 14)
    tasks = dict(whole.tasks)
    if lost == "grams":
        tasks[index.CONTROL] = frozenset(gram + 1 for gram in control)
    broken = NgramIndex("bench", 14, tasks, whole.anchors if lost == "grams" else ())
    path = tmp_path / "broken.idx"
    path.write_bytes(index.encode_index(broken, "a test"))
    with pytest.raises(ControlMissed, match="control text was not found"):
        Decontaminator([path], 14)


def test_14_tokens_in_a_row_are_an_overlap_13_are_not(path: Path) -> None:
    words = TEXT.split()
    decontaminator = Decontaminator([path], 14)

    def decided(text: str) -> list[str]:
        hits = decontaminator.scan(text).hits
        return [each.task for each in decontaminator.decide(hits, frozenset())]

    assert decided("well " + " ".join(words[:14])) == ["bench/crates"]
    assert decided("well " + " ".join(words[:13]) + " and " + words[13]) == []
    assert decided("**" + "**, **".join(word.upper() for word in words[1:15]) + "**") == [
        "bench/crates"
    ]
    assert decided(json.dumps({"keys": "echo\n" + "\n".join(words[:14])})) == ["bench/crates"]
    assert decided(json.dumps({"keys": "echo\n" + "\n".join(words[:13])})) == []


def test_hot_grams_count_only_with_half_of_the_task(path: Path) -> None:
    decontaminator = Decontaminator([path], 14)
    words = TEXT.split()
    whole = decontaminator.scan(TEXT).hits
    hot = frozenset(hit.gram for hit in whole)
    assert decontaminator.decide(whole, hot)[0].coverage == 1
    long = index.build_index("long", {"crates": TEXT + " " + " ".join(f"w{n}" for n in range(20))})
    (path.parent / "long.idx").write_bytes(index.encode_index(long, "a test"))
    some = Decontaminator([path.parent / "long.idx"], 14)
    hits = some.scan(" ".join(words[:14])).hits
    assert some.decide(hits, frozenset())
    assert not some.decide(hits, frozenset(hit.gram for hit in hits))


def test_hot_grams_are_those_of_many_tasks() -> None:
    assert hot_grams([(1, 10), (2, 11)]) == {2}
