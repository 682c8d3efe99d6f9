"""Ask the tables of a build something: `python -m shellwright.query "select … from 'results/…'"`.

Any SQL that DuckDB understands. Prints a table of at most 200 rows, or with --plain every row as it
is, its values with tabs between them.
"""

import argparse
import os
import sys

import duckdb

MOST_ROWS = 200


def main(arguments: list[str] | None = None) -> int:
    """Print the answer; the exit code is 1 when DuckDB refuses the question."""
    parser = argparse.ArgumentParser(prog="python -m shellwright.query", description=__doc__)
    parser.add_argument("sql", help="a question about files such as 'results/corpus.parquet'")
    parser.add_argument("--plain", action="store_true", help="no frame: every row, tabs between")
    options = parser.parse_args(arguments)
    try:
        answer = duckdb.sql(options.sql)
        if answer is None:
            return 0
        if not options.plain:
            answer.show(max_rows=MOST_ROWS)
            return 0
        for row in answer.fetchall():
            print(*row, sep="\t")
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        # Whoever read has seen enough, as `head` has. Python would write the rest as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
