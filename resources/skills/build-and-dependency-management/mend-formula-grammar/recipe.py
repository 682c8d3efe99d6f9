"""Repair a grammar whose operators bind in the wrong way, and its scanner."""

from __future__ import annotations

import re
from dataclasses import replace

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.codebase import (
    CSV_HEADER,
    CSV_READ,
    CSV_WRITE,
    Codebase,
    Trial,
    patch_between,
    unseen,
)
from shellwright.recipe.tabular import differing

README = """# Formulas

`price RULES < RECORDS` adds up, for each {category}, what its formula gives for every record.
A rule is a line `{category}: formula`; `n` stands for the {count} of the record.

Numbers are whole; `1_000` is 1000. From the loosest to the tightest:

- `+` and `-`, from left to right: `9 - 4 - 2` is 3
- `*` and `/`, from left to right; a quotient is cut off towards zero: `7 / 2 * 2` is 6
- `-` before a value: `-3 * 2` is -6
- `^`, also written `**`, from right to left: `2 ^ 3 ^ 2` is 512, and `-2 ^ 2` is -4

Brackets group. The build is to stop at a conflict in the grammar.
"""
GRAMMAR = """%{
#include "csv.h"
#include <stdlib.h>
#include <string.h>

int yylex(void);
void yyerror(const char *what);
void *yy_scan_string(const char *text);
void yy_delete_buffer(void *buffer);

static long record_count, value;
static long power(long base, long exponent);
%}

%union { long number; }
%token <number> NUMBER
%token COUNT POWER
%type <number> expr

%left '+' '-'
%left '*' '/'
%precedence NEGATIVE
%right POWER

%%
formula: expr { value = $1; };

expr: NUMBER
    | COUNT { $$ = record_count; }
    | '(' expr ')' { $$ = $2; }
    | '-' expr %prec NEGATIVE { $$ = -$2; }
    | expr '+' expr { $$ = $1 + $3; }
    | expr '-' expr { $$ = $1 - $3; }
    | expr '*' expr { $$ = $1 * $3; }
    | expr '/' expr { $$ = $3 ? $1 / $3 : 0; }
    | expr POWER expr { $$ = power($1, $3); }
    ;
%%
static struct rule { char name[128], formula[256]; long sum; } rules[64];

static long power(long base, long exponent)
{
    long result = 1;
    while (exponent-- > 0)
        result *= base;
    return result;
}

void yyerror(const char *what)
{
    fprintf(stderr, "price: %s\\n", what);
    exit(4);
}

int main(int argc, char **argv)
{
    char line[LINE_LENGTH], *cells[MAX_CELLS];
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    int used = 0;
    while (in && used < 64 && fgets(line, sizeof line, in)) {
        char *colon = strchr(line, ':');
        if (!colon)
            continue;
        *colon = '\\0';
        snprintf(rules[used].name, sizeof rules[used].name, "%s", line);
        snprintf(rules[used++].formula, sizeof rules[0].formula, "%s", colon + 1);
    }
    if (!fgets(line, sizeof line, stdin))
        return 1;
    int count = csv_split(line, cells, MAX_CELLS);
    int key = csv_find(cells, count, "@KEY@"), number = csv_find(cells, count, "@VALUE@");
    if (key < 0 || number < 0)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        csv_split(line, cells, MAX_CELLS);
        record_count = atol(cells[number]);
        for (int at = 0; at < used; at++)
            if (strcmp(rules[at].name, cells[key]) == 0) {
                void *buffer = yy_scan_string(rules[at].formula);
                yyparse();
                yy_delete_buffer(buffer);
                rules[at].sum += value;
            }
    }
    puts("@KEY@,charge");
    for (int at = 0; at < used; at++) {
        csv_put(stdout, rules[at].name);
        printf(",%ld\\n", rules[at].sum);
    }
    return 0;
}
"""
SCANNER = """%option noyywrap nounput noinput
%{
#include "formula.tab.h"
#include <stdlib.h>

/* The value of digits that may be grouped by underscores. */
static long number(const char *text)
{
    long found = 0;
    for (; *text; text++)
        if (*text != '_')
            found = found * 10 + (*text - '0');
    return found;
}
%}

%%
[0-9][0-9_]*    { yylval.number = number(yytext); return NUMBER; }
n               return COUNT;
"**"|"^"        return POWER;
[-+*/()]        return yytext[0];
[ \\t\\r\\n]+     ;
.               return yytext[0];
%%
"""
MAKEFILE = """CC = gcc
CFLAGS = -std=gnu11 -O1 -Iinclude -I.

price: formula.tab.c formula.yy.c src/csv_read.c src/csv_write.c
\t$(CC) $(CFLAGS) -o $@ $^

formula.tab.c: src/formula.y
\tbison @FLAGS@-d -o $@ $<

formula.yy.c: src/formula.l formula.tab.c
\tflex -o $@ $<

clean:
\trm -f price formula.tab.* formula.yy.c formula.output

.PHONY: clean
"""
#: Puts a conflict into the grammar, however that is written by then.
PROBE = (
    'awk \'/^%%/ && !n++ {print "%start probe_"; print; '
    'print "probe_: probe_ probe_ | NUMBER;"; next} 1\' src/formula.y > probe.y\n'
    "mv probe.y src/formula.y"
)
#: Faults of the grammar that the generator reports, and those that it does not see.
LOUD = (
    ("%left '+' '-'\n", "", "plus and minus have no precedence, so a chain is read from the right"),
    ("%left '*' '/'\n", "", "times and divided-by have no precedence at all"),
)
SILENT = (
    ("%precedence NEGATIVE\n%right POWER\n", "%right POWER\n%precedence NEGATIVE\n",
     "the prefix minus binds tighter than the power"),
    ("%right POWER", "%left POWER", "powers are grouped from the left"),
)  # fmt: skip
SCANS = (
    ('"**"|"^"        return', '"^"             return', "** is read as two products"),
    ("number(yytext); return", "atol(yytext); return", "a number ends at its underscore"),
)


class MendFormulaGrammar(Recipe):
    """A formula language means what its documentation says; the program's output is there."""

    needs = (
        Pattern.of(
            "table", format="csv", condition="clean", shape="records", extent=("full", "enriched")
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "make", "bison", "patch", "sed", "head", "tail", "flex")
    packages = ("bison", "flex", "gcc", "libc6-dev", "make", "patch")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "count"):
            raise Unsuitable("no categories or no counts")
        names = sorted(set(source.values("category")))
        target = world.output(draw, ["charges", "charged", "prices"], ".csv")
        place = world.input(draw, [f"{world.theme.key}-price", "formulas", "pricing"])
        rules, others = (_rules(draw.child(key), names) for key in ("rules", "others"))
        hidden = unseen(source, world.theme, draw.child("hidden"))
        rest = [n for n in sorted(set(hidden.values("category"))) if n not in others]
        others |= _rules(draw.child("rest"), rest)
        loud, silent, scan = draw.choice(LOUD), draw.choice(SILENT), draw.choice(SCANS)
        columns = {"KEY": source.name("category"), "VALUE": source.name("count")}
        grammar = GRAMMAR
        for word, name in columns.items():
            grammar = grammar.replace(f"@{word}@", name)
        files = {
            "README.md": README.format(category=columns["KEY"], count=columns["VALUE"]),
            "include/csv.h": CSV_HEADER,
            "rules.txt": _text(rules),
            "src/csv_read.c": CSV_READ,
            "src/csv_write.c": CSV_WRITE,
        }
        right = {
            "Makefile": MAKEFILE.replace("@FLAGS@", "-Werror=conflicts-sr -Werror=conflicts-rr "),
            "src/formula.y": grammar,
            "src/formula.l": SCANNER,
        }
        faulty = {
            "Makefile": MAKEFILE.replace("@FLAGS@", "-Wno-conflicts-sr -Wno-conflicts-rr "),
            "src/formula.y": grammar.replace(*loud[:2]).replace(*silent[:2]),
            "src/formula.l": SCANNER.replace(*scan[:2]),
        }
        broken = Codebase(path=place, noun="program that prices records", files=files | faulty)
        fixed = replace(
            broken,
            files=files | right,
            hidden=hidden,
            editable=tuple(right),
            trials=(
                Trial(
                    "make -s clean\nmake -s price >&2\n"
                    f"cat > \"$at/rules\" <<'RULES'\n{_text(others)}RULES\n"
                    './price "$at/rules" < "$at/hidden.csv"',
                    _charged(hidden, others, "/").text(),
                    "prices",
                    f"{place} builds, and prices other records by other formulas correctly.",
                ),
                Trial(
                    "bison -Wno-other -Werror=conflicts-sr -Werror=conflicts-rr "
                    '-o "$at/f.c" src/formula.y\n'
                    f"{PROBE}\nmake -s clean\n"
                    "make -s price > /dev/null 2>&1 && echo built || echo stopped",
                    "stopped\n",
                    "strict",
                    f"The grammar in {place} has no conflict, and the build stops where one is.",
                ),
            ),
        )
        result = _charged(source, rules, target)
        at, given, there = quoted(place), quoted(source.path), quoted(target)
        sample = next(iter(rules))
        return Move(
            focus=result,
            makes=[fixed, result],
            brings=broken.entries(),
            request=[
                f"The formula program in `{place}` does not compute what its `README.md` "
                "promises. Repair the grammar `src/formula.y` and the scanner `src/formula.l` so "
                "that every formula means what is written there, without any conflict left in the "
                "grammar, and let the `Makefile` stop `make price` with an error should a conflict "
                "ever come back; today it hides them. Nothing else in the folder changes. Then run "
                f"`price` with its `rules.txt` and `{source.path}` on standard input and keep the "
                f"output as `{target}`.",
                f"Charges for `{source.path}` come out wrong. They are worked out by `price` in "
                f"`{place}` (`make price`; records on standard input, the file `rules.txt` as "
                "argument), whose `README.md` says how formulas are to be read. Put "
                "`src/formula.y` and `src/formula.l` right, so that this is how they are read and "
                "the grammar has no conflicts; the `Makefile` conceals those, and must fail on "
                "them instead. Leave the other files of the folder alone. I need the right output "
                f"for our records in `{target}`.",
            ],
            steps=[
                look(
                    f"cd {at} && cat README.md src/formula.l Makefile && "
                    "sed -n '/^%union/,/^%%$/p' src/formula.y && head -n 3 rules.txt",
                    f"What {place} computes is doubted; the read-me is the measure.",
                    "Read the promise, the scanner, the precedences and some rules.",
                ),
                look(
                    f"cd /tmp && bison -Wcounterexamples -o /tmp/formula.c {at}/src/formula.y "
                    "2>&1 | head -n 16; "
                    f"flex -t {at}/src/formula.l | tail -n 1",
                    "The makefile switches the warnings about conflicts off.",
                    "Ask for the conflicts, with an example of each, outside of the folder.",
                    duration=0.8,
                ),
                do(
                    patch_between(broken, fixed),
                    f"Three faults: {loud[2]}; {silent[2]}, of which no warning tells; and in the "
                    f"scanner {scan[2]}.",
                    "Set the ranks as documented, repair the scanner, and make conflicts errors.",
                ),
                do(
                    f"cd {at} && make -s -B price && \"$PWD/price\" rules.txt < {given} > {there}",
                    "The generator has nothing to say any more.",
                    "Build anew and price the records.",
                    duration=1.5,
                ),
                look(
                    f"cat {there}; head -n 1 {at}/rules.txt",
                    f"Each rule has its row, in their order; is {sample} right?",
                    "Read the result.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("in the order of names backwards", result.with_rows(
                            sorted(result.rows, reverse=True)
                        )),
                        ("chains are read from the right", _charged(
                            source, rules, target, left=False
                        )),
                    ],
                ),
                Wrong(
                    "the silent fault is still there",
                    path=f"{place}/src/formula.y",
                    content=grammar.replace(*silent[:2]).encode(),
                ),
                Wrong(
                    "the scanner is as it was",
                    path=f"{place}/src/formula.l",
                    content=faulty["src/formula.l"].encode(),
                ),
                Wrong(
                    "conflicts are still hidden",
                    path=f"{place}/Makefile",
                    content=faulty["Makefile"].encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"bison -Werror -o /tmp/formula.c {at}/src/formula.y",
                    symptom=r"conflicts|useless",
                    diagnosis="The grammar cannot be called sound while the generator reports "
                    "conflicts.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"cd {at} && flex -t formula.l",
                    symptom=r"can't open formula.l",
                    diagnosis="The scanner lies in src.",
                ),
            ],
        )  # fmt: skip


def _rules(draw: Draw, names: list[str]) -> dict[str, str]:
    """A formula for each name; all of them together use every part of the language.

    2 to the 3 to the 2 is something else when grouped from the left, and shows in a product.
    """
    found = {}
    for place, name in enumerate(draw.shuffled(names)):
        a, b, c, d = (draw.integer(2, 9) for _ in range(4))
        power = draw.choice(["^", "**"])
        found[name] = (
            f"{draw.integer(1, 4)}_{draw.integer(100, 999)} - n * {a} - {b} "
            f"{draw.choice('+-')} n / {c} * {d} {draw.choice('+-')} -{a} ** 2 "
            f"{draw.choice('+-')} (n - {b}) {'*/'[place % 2]} 2 {power} 3 "
            f"{draw.choice(['^', '**'])} 2"
        )
    return found


def _text(rules: dict[str, str]) -> str:
    return "".join(f"{name}: {formula}\n" for name, formula in rules.items())


def _charged(table: Table, rules: dict[str, str], path: str, *, left: bool = True) -> Table:
    """The sum of each rule over its records; with `left` off, + and - group from the right."""
    sums = dict.fromkeys(rules, 0)
    for name, cell in zip(table.values("category"), table.values("count"), strict=True):
        tokens = re.findall(r"[\d_]+|\*\*|\S", rules[name])
        sums[name] += _value(tokens, int(cell), 0, left)
    columns = [Column(table.name("category"), "category"), Column("charge", "count")]
    return summary(path, "charges", columns, [(n, str(s)) for n, s in sums.items()])


RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4, "**": 4}


def _value(tokens: list[str], n: int, least: int, left: bool) -> int:
    """The value of the tokens up to an operator that binds looser than `least`."""
    token = tokens.pop(0)
    if token == "(":
        value = _value(tokens, n, 0, left)
        tokens.pop(0)
    elif token == "-":
        value = -_value(tokens, n, 3, left)
    else:
        value = n if token == "n" else int(token)
    while tokens and RANKS.get(tokens[0], -1) >= least:
        sign = tokens.pop(0)
        rank = RANKS[sign]
        from_right = rank == 4 or (rank == 1 and not left)
        other = _value(tokens, n, rank if from_right else rank + 1, left)
        if sign in ("^", "**"):
            value **= other
        elif sign == "/":
            value = (abs(value) // abs(other)) * (1 if (value < 0) == (other < 0) else -1)
        else:
            value = {"+": value + other, "-": value - other, "*": value * other}[sign]
    return value
