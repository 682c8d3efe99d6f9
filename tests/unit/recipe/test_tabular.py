"""What a table's columns are taken for by the skills that work on any table."""

import pytest

from shellwright.recipe import Column, Table, Unsuitable
from shellwright.recipe.tabular import counts_by, figure, tally


def table(*columns: Column) -> Table:
    return Table(path="/app/t.csv", noun="table", columns=columns, rows=(), shape="summary")


@pytest.mark.parametrize("name", ["line", "LINE", "Wave"])
def test_a_number_that_says_where_something_stands_is_no_figure(name: str) -> None:
    with pytest.raises(Unsuitable):
        figure(table(Column("file", "path"), Column(name, "count")))


@pytest.mark.parametrize("name", ["total_cost", "TOTAL_COST", "Sum"])
def test_a_total_is_the_figure_however_it_is_spelled(name: str) -> None:
    columns = Column("group", "category"), Column("rate", "amount"), Column(name, "amount")
    assert figure(table(*columns, Column("records", "count"))) == 2


def test_a_tally_has_a_row_for_each_value_in_their_order() -> None:
    given = table(Column("site", "category"), Column("hits", "count")).with_rows(
        [("b", "2"), ("a", "7"), ("b", "5")]
    )
    assert counts_by(given, "category") == {"a": [7], "b": [2, 5]}
    sums = tally(given, "category", "/app/sums.csv", "hits by site")
    assert (sums.header, sums.rows) == (
        ("site", "records", "hits"),
        (("a", "1", "7"), ("b", "2", "7")),
    )
    most = tally(given, "category", "/app/most.csv", "most hits", of=max, prefix="most_")
    assert (most.header[2], most.rows[1]) == ("most_hits", ("b", "2", "5"))
