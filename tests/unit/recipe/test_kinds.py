"""Every kind generates what it says, the same each time."""

import csv
import dataclasses
import io
import json
import sqlite3
from datetime import date

import pytest

from shellwright.recipe import (
    Archive,
    Database,
    Draw,
    Log,
    Repository,
    Scenario,
    Table,
    Tree,
    TreeFile,
)
from shellwright.recipe.kinds import kinds
from shellwright.recipe.start import folders, start_scenarios, start_world

STARTS = [pytest.param(scenario, id=scenario.id) for scenario in start_scenarios()]


def start(text: str, number: int = 0) -> object:
    return start_world(Scenario.parse(text), Draw("test", number)).focus


@pytest.mark.parametrize("scenario", STARTS)
def test_a_start_realises_its_scenario(scenario: Scenario) -> None:
    world = start_world(scenario, Draw("test", 1))
    assert world.focus.scenario() == scenario
    assert world.focus.path in world.focus.situation()


@pytest.mark.parametrize("scenario", STARTS)
def test_equal_draws_give_equal_bytes(scenario: Scenario) -> None:
    first, second = (start_world(scenario, Draw("test", 2)).focus for _ in range(2))
    assert first.entries() == second.entries()
    assert first.entries() != start_world(scenario, Draw("test", 3)).focus.entries()


@pytest.mark.parametrize("scenario", STARTS)
def test_states_stay_within_their_domain(scenario: Scenario) -> None:
    domain = kinds()[scenario.kind].resource.domain
    assert {name for name, _ in scenario.state} == set(domain)
    assert all(value in domain[name] for name, value in scenario.state)


@pytest.mark.parametrize("scenario", STARTS)
def test_checks_look_at_the_resource_itself(scenario: Scenario) -> None:
    focus = start_world(scenario, Draw("test", 4)).focus
    own = {entry.path for entry in focus.entries()} | {focus.path}
    checks = focus.checks()
    assert checks
    assert {path for check in checks for path in check.paths} <= own


def test_a_clean_table_holds_unique_ids_and_iso_dates() -> None:
    table = start("table:condition=clean,extent=full,format=csv,shape=records")
    assert isinstance(table, Table)
    ids = table.values("id")
    assert len(ids) == len(set(ids)) >= 45
    assert all(date.fromisoformat(day) for day in table.values("date"))
    assert list(csv.reader(io.StringIO(table.text()))) == [
        list(table.header),
        *map(list, table.rows),
    ]


def test_each_defect_is_really_there() -> None:
    def table(condition: str) -> Table:
        found = start(f"table:condition={condition},extent=full,format=csv,shape=records")
        assert isinstance(found, Table)
        return found

    assert len(set(table("repeated").rows)) < len(table("repeated").rows)
    revised = table("revised").values("id")
    assert len(set(revised)) < len(revised)
    assert any(cell != cell.strip() for row in table("padded").rows for cell in row)
    assert b"\n\n" in table("padded").content()
    assert {len(day) == 10 and day[4] == "-" for day in table("mixed_dates").values("date")} == {
        True,
        False,
    }
    with pytest.raises(UnicodeDecodeError):
        table("legacy").content().decode("utf-8")
    assert b"\r\n" in table("legacy").content()
    lines = table("commented").content().decode().splitlines()
    assert lines[0].startswith("# export") and lines[-1].startswith("TOTAL")


def test_json_lines_carry_typed_numbers() -> None:
    table = start("table:condition=clean,extent=full,format=jsonl,shape=records")
    assert isinstance(table, Table)
    first = json.loads(table.text().splitlines()[0])
    assert isinstance(first[table.name("count")], int)
    assert isinstance(first[table.name("amount")], float)


def test_a_rotated_log_is_the_plain_one_in_parts() -> None:
    log = start("log:format=access,storage=rotated")
    assert isinstance(log, Log)
    assert [line for _, lines in log.parts() for line in lines] == log.lines()
    assert [path.rpartition("/")[2] for path, _ in log.parts()] == [
        "access.log.3.gz",
        "access.log.2.gz",
        "access.log.1",
        "access.log",
    ]


def test_copies_share_their_content() -> None:
    tree = start("tree:condition=copies,content=documents")
    assert isinstance(tree, Tree)
    contents = [file.content for file in tree.files]
    assert len(set(contents)) < len(contents)


def test_a_database_opens_and_holds_its_rows() -> None:
    database = start("database:content=original,shape=related")
    assert isinstance(database, Database)
    connection = sqlite3.connect(":memory:")
    connection.deserialize(database.file_bytes())
    for relation in database.relations:
        rows = connection.execute(f"SELECT * FROM {relation.name}").fetchall()
        assert rows == relation.values()


def test_an_archive_names_its_members_without_the_root() -> None:
    archive = start("archive:format=zip,holds=tree,origin=received")
    assert isinstance(archive, Archive)
    assert all(name.startswith("documents") for name in archive.members())


def test_the_folders_of_a_world_exist_from_the_start() -> None:
    world = start_world(start_scenarios()[0], Draw("test", 5))
    paths = [entry.path for entry in folders(world)]
    assert world.layout.inbox in paths and world.layout.outbox in paths


def test_both_sides_of_a_diverged_repository_change_the_timeout() -> None:
    for number in range(40):
        found = start("repository:condition=diverged", number)
        assert isinstance(found, Repository)
        base, ours, theirs = (r.file("settings.ini") for r in found.revisions[-3:])
        assert len({base, ours, theirs}) == 3


def test_a_tree_keeps_its_times_until_a_file_is_written() -> None:
    tree = Tree(
        path="/srv/a",
        noun="papers",
        files=(TreeFile("a.txt", b"a", mtime=10), TreeFile("b.txt", b"b", mtime=20)),
    )
    packed = Archive(path="/srv/a.tar", noun="archive", payload=tree, root="/srv")
    moved = tree.with_files(file.renamed(f"old/{file.name}") for file in tree.files)
    written = tree.with_files(
        dataclasses.replace(file, content=b"c") if file.name == "a.txt" else file
        for file in tree.files
    )
    for given in (tree, packed):
        assert tree.keeps_times(given)
        assert moved.keeps_times(given)
        assert not written.keeps_times(given)
    assert not tree.keeps_times(None)
