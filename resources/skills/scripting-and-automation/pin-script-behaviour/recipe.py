"""Write tests that hold a script to its documented rules."""

from __future__ import annotations

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    Wrong,
    custom,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.checks import slug
from shellwright.recipe.tabular import counts_by, differing

SCRIPT = r"""#!/bin/sh
# Adds up a column by another one. Reads tab-separated records with a header from standard input.
# usage: @NAME@ KEY VALUE
#
# 1. Lines that begin with # and lines that are blank (or only spaces and tabs) do not count.
# 2. Each group is a line: key, number of records, sum; tabs between them, and no header.
# 3. The largest sum comes first; equal sums are in byte order of the key.
# 4. Negative values lower the sum.
# 5. Where a column is missing the exit code is 2, standard output stays empty, and standard
#    error says which one it is.
# 6. A header alone gives no output and exit code 0.
awk -F '\t' -v key="$1" -v value="$2" -v order="LC_ALL=C sort -t '\t' -k3,3nr -k1,1" '
NR == 1 {
    for (i = 1; i <= NF; i++) at[$i] = i
    for (i = 1; i <= 2; i++) {
        name = i == 1 ? key : value
        if (!bad && !(name in at)) { print "no column " name > "/dev/stderr"; bad = 1 }
    }
    if (bad) exit 2
    next
}
/^#/ || /^[ \t]*$/ { next }
{ sum[$at[key]] += $at[value]; records[$at[key]]++ }
END {
    if (bad) exit 2
    for (name in sum)
        printf "%s\t%d\t%d\n", name, records[name], sum[name] | order
}'
"""
#: A rule, and how a version that breaks it differs.
BREAKS = (
    ("comments count", "/^#/ || ", ""),
    ("blank lines count", " || /^[ \\t]*$/", ""),
    ("ties are backwards", "-k1,1\"", "-k1,1r\""),
    ("the smallest sum is first", "-k3,3nr", "-k3,3n"),
    ("the order is by records", "-k3,3nr", "-k2,2nr"),
    ("negative values are ignored", "+= $at[value]", "+= ($at[value] > 0 ? $at[value] : 0)"),
    ("exit code 1", "    if (bad) exit 2\n    for", "    if (bad) exit 1\n    for"),
    ("the complaint goes to standard output", ' > "/dev/stderr"', ""),
    ("the complaint does not name the column", '"no column " name', '"no column"'),
    ("records and sum are swapped", "records[name], sum[name]", "sum[name], records[name]"),
)  # fmt: skip
BATS = r"""# Run with SCRIPT set to the script.
sums() { printf '%b' "$1" | "$SCRIPT" k v 2> "$BATS_TEST_TMPDIR/err"; }

@test "comments and blank lines do not count" {
    run sums 'k\tv\n#a\t5\na\t1\n\n \t\n#\n'
    [ "$status" -eq 0 ] && [ "$output" = $'a\t1\t1' ]
}

@test "largest sum first, with records before the sum" {
    run sums 'k\tv\na\t1\nb\t30\na\t2\nc\t4\n'
    [ "$output" = $'b\t1\t30\nc\t1\t4\na\t2\t3' ]
}

@test "equal sums in byte order" {
    run sums 'k\tv\nb\t5\nB\t5\na\t5\n10\t5\n9\t5\n'
    [ "$output" = $'10\t1\t5\n9\t1\t5\nB\t1\t5\na\t1\t5\nb\t1\t5' ]
}

@test "negative values lower the sum" {
    run sums 'k\tv\na\t5\na\t-7\n'
    [ "$output" = $'a\t2\t-2' ]
}

@test "a missing column" {
    run sums 'k\tw\na\t5\n'
    [ "$status" -eq 2 ] && [ -z "$output" ] && grep -qw v "$BATS_TEST_TMPDIR/err"
    run sums 'j\tv\na\t5\n'
    [ "$status" -eq 2 ] && [ -z "$output" ] && grep -qw k "$BATS_TEST_TMPDIR/err"
}

@test "a header alone" {
    run sums 'k\tv\n'
    [ "$status" -eq 0 ] && [ -z "$output" ]
}
"""
PROVE = r"""use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

# Exit code, standard output and standard error of the script.
sub sums {
    my ($text) = @_;
    my $at = tempdir(CLEANUP => 1);
    open my $in, '>', "$at/in" or die $!;
    print $in $text;
    close $in;
    my $status = system qq("$ENV{SCRIPT}" k v < $at/in > $at/out 2> $at/err);
    return ($status >> 8, map { open my $f, '<', $_ or die $!; local $/; <$f> // '' }
        "$at/out", "$at/err");
}

is_deeply [(sums("k\tv\n#a\t5\na\t1\n\n \t\n#\n"))[0, 1]], [0, "a\t1\t1\n"], 'comments, blanks';
is +(sums("k\tv\na\t1\nb\t30\na\t2\nc\t4\n"))[1], "b\t1\t30\nc\t1\t4\na\t2\t3\n", 'order';
is +(sums("k\tv\nb\t5\nB\t5\na\t5\n10\t5\n9\t5\n"))[1],
    "10\t1\t5\n9\t1\t5\nB\t1\t5\na\t1\t5\nb\t1\t5\n", 'ties by bytes';
is +(sums("k\tv\na\t5\na\t-7\n"))[1], "a\t2\t-2\n", 'negative values';
for (["k\tw\na\t5\n", 'v'], ["j\tv\na\t5\n", 'k']) {
    my ($status, $out, $err) = sums($_->[0]);
    is_deeply [$status, $out], [2, ''], "without $_->[1]";
    like $err, qr/\b$_->[1]\b/, "the message names $_->[1]";
}
is_deeply [(sums("k\tv\n"))[0, 1]], [0, ''], 'header alone';
done_testing;
"""
#: Ending, what runs the tests, how people call them, and the tests.
SUITES = (
    (".bats", "bats", "Bats", BATS),
    (".t", "prove", "Perl (TAP, started by `prove`)", PROVE),
)


class PinScriptBehaviour(Recipe):
    """Tests hold a script to its rules, and the script's output for the records is there."""

    needs = (Pattern.of("table", format="tsv", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="tsv", condition="clean", shape="summary"),)
    tools = ("cat", "bats", "prove", "sed", "chmod", "head", "sort")
    packages = ("bats", "mawk", "perl")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        role = draw.choice(["category", "person", "status"])
        if not source.has(role, "count"):
            raise Unsuitable(f"no column with the role {role}, or no counts")
        ending, runner, called, tests = draw.choice(SUITES)
        script = world.input(draw, ["by_group", "group_sums", "sum_by"], ".sh")
        name = script.rpartition("/")[2]
        suite = world.output(draw, ["rules", "by_group", "behaviour"], ending)
        target = world.output(draw, ["sums", "by_group", "grouped"], ".tsv")
        text = SCRIPT.replace("@NAME@", name)
        entry = Entry(script, text.encode(), 0o755)
        result = _summed(source, role, target)
        signs = next(b for b in BREAKS if "negative" in b[0])
        broken = (signs, *draw.sample([b for b in BREAKS if b is not signs], 2))
        given, there, at, here = (quoted(p) for p in (source.path, target, suite, script))
        key, value = source.name(role), source.name("count")
        negative = {
            "bats": tests.replace('@test "negative', 'skipped() { # "negative'),
            "prove": tests.replace('is +(sums("k\\tv\\na\\t5\\na\\t-7', "#"),
        }[runner]
        return Move(
            focus=result,
            makes=[result],
            brings=[entry],
            checks=[_noticed(suite, runner, text, broken)],
            request=[
                f"We are about to rewrite `{script}`, and the comment at its top is all that says "
                f"what it has to do. Pin that down: write tests in {called} as `{suite}` that run "
                "the script named by the environment variable `SCRIPT`, pass for the present one, "
                "and fail for any version that breaks one of its numbered rules and is right "
                "otherwise. They may use nothing but what they bring along and temporary files. "
                f"The script stays as it is. And give me what it prints for `{source.path}` with "
                f"`{key}` and `{value}` as a reference, with a header line `{key}`, `records`, "
                f"`{value}` (tabs between) put on top, in `{target}`.",
                f"Please write a test suite for `{script}` before anybody touches it. The file is "
                f"`{suite}`, in {called}; the script to be tested is given in the environment "
                "variable `SCRIPT`. Every rule in the comment at its top has to be covered, so "
                "that a variant which breaks just one of them fails at least one test, while "
                "the script as it is passes all. The tests bring their own input, and do not "
                "depend on any other file. Do not change the script. As a reference run, "
                f"also save its output for `{source.path}`, grouped by `{key}` and adding up "
                f"`{value}`, as `{target}`, below a tab-separated header `{key}`, `records`, "
                f"`{value}`.",
            ],
            steps=[
                look(
                    f"cat {here}; head -n 3 {given}",
                    f"{name} has six rules in its comment and nothing that checks them.",
                    "Read them and the code.",
                ),
                do(
                    f"cat > {at} <<'TESTS'\n{tests}TESTS",
                    "Each rule needs input in which it makes a difference: a comment that would "
                    "count, a large sum of few records, ties of several kinds of bytes.",
                    "Write a test for each rule, with the whole output compared.",
                ),
                look(
                    f"SCRIPT={here} {runner} {at}; sed 's/-k3,3nr/-k3,3n/' {here} > /tmp/v.sh && "
                    f"chmod +x /tmp/v.sh && ! SCRIPT=/tmp/v.sh {runner} {at}",
                    "Tests that were only ever green prove nothing.",
                    "Run them on the script, and on a copy with the order broken.",
                    duration=2.0,
                ),
                do(
                    f"SCRIPT={here}; (printf '{key}\\trecords\\t{value}\\n'; \"$SCRIPT\" {key} "
                    f"{value} < {given}) > {there}",
                    "The tests notice the broken copy.",
                    "Make the reference output.",
                ),
                look(
                    f"cat {there}; sort {there} | head -n 1",
                    "Does the result hold what the tests have pinned?",
                    "Read the result.",
                ),
            ],
            wrong=[
                Wrong("negative values are not tested", path=suite, content=negative.encode()),
                *differing(result, [("ordered by name", result.with_rows(sorted(result.rows)))]),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"{here} < {given}; echo status $?",
                    symptom=r"status 2",
                    diagnosis="Without the names of two columns the script only complains.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"SCRIPT={here} {runner} {at}",
                    symptom=r"does not exist|No such file|Cannot (detect|determine)|No plan",
                    diagnosis="There are no tests yet.",
                ),
            ],
        )


def _noticed(suite: str, runner: str, text: str, broken: tuple[tuple[str, str, str], ...]) -> Check:
    """The tests pass for the script, and fail for each version that breaks a rule."""
    variants = {"right": text} | {why: text.replace(a, b) for why, a, b in broken}
    script = 'set -u\nat=$(mktemp -d)\ncd "$at"\n'
    for number, version in enumerate(variants.values()):
        script += f"cat > {number}.sh <<'VERSION'\n{version}VERSION\n"
    script += (
        f"chmod +x *.sh\nfor n in $(seq 0 {len(broken)}); do "
        f'if SCRIPT="$at/$n.sh" {runner} {quoted(suite)} > log 2>&1; then echo "$n passes"; '
        'else echo "$n fails"; fi; done\n'
    )
    lines = ["0 passes", *(f"{number} fails" for number in range(1, len(broken) + 1))]
    name = f"{slug(suite)}.noticed.txt"
    return custom(
        "command_prints",
        about=f"{suite} passes for the script and fails for each version that breaks a rule.",
        paths=[suite],
        weight=4.0,
        files={name: "".join(f"{line}\n" for line in lines).encode()},
        argv=["bash", "-c", script],
        expected=name,
        cwd="/",
        timeout=60,
    )


def _summed(table: Table, role: str, path: str) -> Table:
    """Records and sum of the counts of each group, the largest sum first."""
    rows: list[Row] = [
        (name, str(len(cells)), str(sum(cells))) for name, cells in counts_by(table, role).items()
    ]
    rows.sort(key=lambda row: (-int(row[2]), row[0]))
    columns = [
        Column(table.name(role), role),
        Column("records", "count"),
        Column(table.name("count"), "count"),
    ]
    return summary(path, f"sums by {table.name(role)}", columns, rows, "tsv")
