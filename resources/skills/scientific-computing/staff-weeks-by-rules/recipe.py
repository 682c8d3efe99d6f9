"""Decide by SAT which weeks can be staffed, and with whom."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from shellwright.recipe import (
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
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
SHIFTS = ("early", "late")
SLOTS = tuple(product(DAYS, SHIFTS))
COLUMNS = (Column("week", "week"), Column("possible", "verdict"), Column("wishes", "count"))

#: Reads the staff, then the wishes of one week; variables are numbered person by person.
ENCODE = """function v(p, d, s) { return (p - 1) * 10 + (d - 1) * 2 + s }
  function clause(text) { out = out text " 0\\n"; clauses++ }
  BEGIN { split("Mon Tue Wed Thu Fri", days, " "); for (d in days) day[days[d]] = d
    shift["early"] = 1; shift["late"] = 2 }
  FNR == NR { who[$0] = ++people; next }
  $1 != week { next }
  $3 == "off" { for (s = 1; s <= 2; s++) clause(-v(who[$2], day[$4], s)) }
  $3 == "not" { for (d = 1; d <= 5; d++) clause(-v(who[$2], d, shift[$4])) }
  $3 == "wants" { split($4, w, " "); clause(v(who[$2], day[w[1]], shift[w[2]])) }
  $3 == "apart" { for (d = 1; d <= 5; d++) for (s = 1; s <= 2; s++) for (t = 1; t <= 2; t++)
    clause(-v(who[$2], d, s) " " (-v(who[$4], d, t))) }
  END { for (d = 1; d <= 5; d++) for (s = 1; s <= 2; s++) { any = ""
      for (p = 1; p <= people; p++) { any = any " " v(p, d, s)
        for (q = 1; q < p; q++) clause(-v(p, d, s) " " (-v(q, d, s))) }
      clause(any) }
    for (p = 1; p <= people; p++) { for (d = 1; d <= 5; d++) {
        clause(-v(p, d, 1) " " (-v(p, d, 2)))
        if (d < 5) clause(-v(p, d, 2) " " (-v(p, d + 1, 1))) }
      some(p, 1, most + 1, "") }
    printf "p cnf %d %d\\n%s", people * 10, clauses, out }
  function some(p, from, left, text,   n) {
    if (left == 0) { clause(text); return }
    for (n = from; n <= 10; n++) some(p, n + 1, left - 1, text " " (-((p - 1) * 10 + n))) }"""
DECODE = """BEGIN { split("Mon Tue Wed Thu Fri", days, " "); split("early late", shifts, " ") }
  FNR == NR { who[++people] = $0; next }
  FNR == 2 { n = split($0, model, " "); for (i = 1; i <= n; i++) if (model[i] > 0) {
    at = (model[i] - 1) % 10; p = int((model[i] - 1) / 10) + 1
    print week "," days[int(at / 2) + 1] "," shifts[at % 2 + 1] "," who[p] } }"""
#: Judges rotas by the rules; arguments are the rota, the wishes, the staff and the limit.
JUDGE = """import csv, sys
days, shifts = "Mon Tue Wed Thu Fri".split(), ["early", "late"]
rota = list(csv.reader(open(sys.argv[1], newline="")))
wishes = list(csv.reader(open(sys.argv[2], newline="")))[1:]
staff, most, weeks = sys.argv[3].split(","), int(sys.argv[4]), sys.argv[5].split(",")
slots = [[w, d, s] for w in weeks for d in days for s in shifts]
print(rota[0] == ["week", "day", "shift", "person"], [r[:3] for r in rota[1:]] == slots)
for week in weeks:
    at = {(d, s): p for w, d, s, p in rota[1:] if w == week}
    bad = [p for p in at.values() if p not in staff]
    bad += [p for p in staff if sum(q == p for q in at.values()) > most]
    for n, d in enumerate(days):
        bad += [d] if at[d, "early"] == at[d, "late"] else []
        bad += [d] if n < 4 and at[d, "late"] == at[days[n + 1], "early"] else []
    for w, p, kind, what in wishes:
        if w != week: continue
        mine = [k for k, q in at.items() if q == p]
        if kind == "off" and any(d == what for d, _ in mine): bad.append((p, kind))
        if kind == "not" and any(s == what for _, s in mine): bad.append((p, kind))
        if kind == "wants" and tuple(what.split()) not in mine: bad.append((p, kind))
        if kind == "apart" and any(
            at[d, s] == what for d, _ in mine for s in shifts): bad.append((p, kind))
    print(week, bad)"""

Wish = tuple[str, str, str]
Rota = dict[tuple[str, str], str]


class StaffWeeksByRules(Recipe):
    """A verdict for each week, and any rota for those that can be staffed."""

    needs = (
        Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records",
                   extent=("full", "selected")),
    )  # fmt: skip
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "gawk", "head", "minisat", "mlr", "rm", "sort", "tail", "uniq", "wc")
    packages = ("gawk", "miller", "minisat")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("person"):
            raise Unsuitable("no persons")
        role, form = source.name("person"), source.format
        staff = sorted({*source.values("person")})
        if not 5 <= len(staff) <= 10 or any({*name} & {*"\"',\\"} for name in staff):
            raise Unsuitable("too few or too many people, or odd names")
        most = 3 if len(staff) <= 6 else 2
        first = draw.integer(12, 30)
        weeks = [f"W{first + n}" for n in range(5)]
        wishes, possible = _weeks(draw, weeks, staff, most)
        good = [week for week in weeks if possible[week]]
        sheet = world.input(draw, ["wishes", "requests", "constraints"], ".csv")
        plan = world.output(draw, ["rota", "shift_plan", "rosters"], ".csv")
        target = world.output(draw, ["weeks", "feasible_weeks", "staffing"], ".csv")

        def table(verdict: dict[str, bool]) -> Table:
            rows: list[Row] = [
                (week, "yes" if verdict[week] else "no", str(len(wishes[week]))) for week in weeks
            ]
            return summary(target, "weeks that can be staffed", COLUMNS, rows)

        result = table(possible)
        here, there, given, out = (quoted(p) for p in (source.path, target, sheet, plan))
        head = ",".join(result.header)
        lines = ["week,person,wish,value"]
        lines += draw.shuffled(",".join((w, *wish)) for w in weeks for wish in wishes[w])
        listing = f"mlr --i{form} --onidx --ofs '|' cut -f {role} {here} | LC_ALL=C sort -u"
        bad = next(week for week in weeks if not possible[week])
        judged = (
            f"python3 - {out} {given} {quoted(','.join(staff))} {most} {','.join(good)} <<'EOF'\n"
            f"{JUDGE}\nEOF"
        )
        kinds = (
            "`off` with a day (no shift on it), `not` with `early` or `late` (no such shift all "
            "week), `wants` with a day and a shift (has that one), `apart` with a colleague (the "
            "two never work on the same day)"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(sheet, "".join(f"{line}\n" for line in lines).encode())],
            request=[
                f"Which of the weeks in `{sheet}` can be staffed at all? Each has the days `Mon` "
                "to `Fri` with the shifts `early` and `late`, every shift with exactly one of the "
                f"people in the column `{role}` of `{source.path}`. Nobody works both shifts of a "
                "day, nobody `late` and then `early` on the next day, and nobody more than "
                f"`{most}` shifts a week. All wishes have to be kept: {kinds}. "
                f"Write `{target}`, CSV with the header `{head}`: the weeks in ascending order, "
                "`yes` or `no`, and the number of wishes. For the weeks with `yes` put a rota into "
                f"`{plan}`, CSV with the header `week,day,shift,person`, by week, day and shift in "
                "the order of the calendar. Any rota that keeps everything is welcome.",
                f"Please find rotas for the weeks in `{sheet}`, or tell us that there is none. "
                f"The staff are all people in the column `{role}` of `{source.path}`. On each day "
                "from `Mon` to `Fri` there is an `early` and a `late` shift, with exactly one "
                f"person each; at most `{most}` shifts a person and week, never both of one day, "
                "never an `early` one right after the `late` one of the day before. The wishes are "
                f"binding: {kinds}. `{plan}` gets one valid rota, whichever, for each week that "
                "has one (CSV, header `week,day,shift,person`, in order of week, day and shift). "
                f"`{target}` lists all weeks, ascending: CSV with the header `{head}`, `yes` or "
                "`no` and how many wishes were handed in for the week.",
            ],
            steps=[
                look(
                    f"head -n 6 {given}; tail -n +2 {given} | cut -d , -f 1,3 | sort | uniq -c; "
                    f"{listing}",
                    "I need the forms of the wishes and the names as the records spell them.",
                    "Read wishes and staff.",
                ),
                do(
                    f"{listing} > /tmp/staff.txt\n"
                    f"cat > /tmp/encode.awk <<'EOF'\n{ENCODE}\nEOF\n"
                    f"cat > /tmp/decode.awk <<'EOF'\n{DECODE}\nEOF",
                    "One Boolean variable for each person and shift of a week. Trying by hand "
                    "can find a rota and never prove that there is none.",
                    "Write the rules as clauses, and the way back from a model to a rota.",
                ),
                look(
                    f"gawk -F , -v week={bad} -v most={most} -f /tmp/encode.awk /tmp/staff.txt "
                    f"{given} > /tmp/{bad}.cnf; head -n 1 /tmp/{bad}.cnf; "
                    f"minisat -verb=0 /tmp/{bad}.cnf /tmp/{bad}.out; echo code $?; "
                    f"rm /tmp/{bad}.cnf /tmp/{bad}.out",
                    "The solver tells by its exit code whether there is a rota; other than zero "
                    "is no failure.",
                    "Try one week.",
                ),
                do(
                    f"echo {head} > {there}\necho week,day,shift,person > {out}\n"
                    f"for week in $(tail -n +2 {given} | cut -d , -f 1 | sort -u); do\n"
                    f"  gawk -F , -v week=$week -v most={most} -f /tmp/encode.awk /tmp/staff.txt "
                    f"{given} > /tmp/week.cnf\n"
                    f"  wishes=$(cut -d , -f 1 {given} | gawk -v w=$week '$0 == w' | wc -l)\n"
                    "  code=0; minisat -verb=0 /tmp/week.cnf /tmp/week.out 2> /dev/null || "
                    "code=$?\n"
                    "  if [ $code = 10 ]; then\n"
                    f'    echo "$week,yes,$wishes" >> {there}\n'
                    "    gawk -v week=$week -f /tmp/decode.awk /tmp/staff.txt /tmp/week.out |\n"
                    "      gawk -F , -v OFS=, "
                    "'{ print index(\"MonTueWedThuFri\", $2), $3, $0 }' |\n"
                    f"      sort -t , -k 1,1n -k 2,2 | cut -d , -f 3- >> {out}\n"
                    "  elif [ $code = 20 ]; then\n"
                    f'    echo "$week,no,$wishes" >> {there}\n'
                    "  else exit 1; fi\ndone\n"
                    "rm /tmp/week.cnf /tmp/week.out /tmp/staff.txt /tmp/encode.awk "
                    "/tmp/decode.awk",
                    f"{bad} is one of those without a solution; the others give a model each.",
                    "Solve every week and note verdict and rota.",
                    duration=0.6,
                ),
                look(
                    f"cat {there}; cut -d , -f 1,4 {out} | sort | uniq -c | sort -rn | head -n 4; "
                    f"wc -l < {out}",
                    "Only weeks that work are in the rota. How are their shifts spread over the "
                    "people?",
                    "Read the verdicts and count shifts a person.",
                ),
            ],
            checks=[
                shell_prints(
                    judged,
                    "True True\n" + "".join(f"{week} []\n" for week in good),
                    about=f"{plan} has a rota for each week that has one, and each keeps the "
                    "rules.",
                    paths=[plan],
                    key="rules",
                    weight=3.0,
                )
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("every week is possible", table(dict.fromkeys(weeks, True))),
                        (
                            "one week wrongly given up",
                            table({**possible, good[0]: False}),
                        ),
                    ],
                ),
                Wrong(
                    "a rota that breaks the rules",
                    command=f"sed -i 's/^\\({good[0]},Tue,[a-z]*\\),.*/\\1,{staff[0]}/' {out}",
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command="printf 'p cnf 1 2\\n1 0\\n-1 0\\n' > /tmp/t.cnf; "
                    "minisat -verb=0 /tmp/t.cnf /tmp/t.out; cat /tmp/t.out",
                    symptom=r"UNSAT",
                    diagnosis="A contradiction of two clauses is found, so the solver works; the "
                    "clauses of a week are another matter.",
                    recovery="rm -f /tmp/t.cnf /tmp/t.out",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command="minisat --proof /tmp/none.cnf",
                    symptom=r"(?i)unknown flag|ERROR",
                    diagnosis="This solver writes no proofs; its exit code and model are what "
                    "there is.",
                ),
            ],
        )


def _allowed(at: Rota, person: str, slot: tuple[str, str], wishes: list[Wish], most: int) -> bool:
    """Whether the person can take that shift after those that are given already."""
    (day, shift), place = slot, DAYS.index(slot[0])
    if sum(other == person for other in at.values()) >= most:
        return False
    if shift == "late" and at.get((day, "early")) == person:
        return False
    if shift == "early" and place and at.get((DAYS[place - 1], "late")) == person:
        return False
    for who, kind, value in wishes:
        if kind == "wants" and value == f"{day} {shift}" and who != person:
            return False
        if kind == "apart" and person in (who, value):
            other = value if person == who else who
            if at.get((day, "early")) == other:
                return False
        if who == person and (kind, value) in (("off", day), ("not", shift)):
            return False
    return True


def rota(staff: list[str], wishes: list[Wish], most: int) -> Rota | None:
    """A rota that keeps rules and wishes, found by trying; None where there is none."""
    tried = 0

    def fill(place: int, at: Rota) -> Iterator[Rota]:
        nonlocal tried
        if place == len(SLOTS):
            yield dict(at)
            return
        for person in staff:
            tried += 1
            if tried > 60_000:
                raise Unsuitable("a week that takes too long to decide by trying")
            if _allowed(at, person, SLOTS[place], wishes, most):
                at[SLOTS[place]] = person
                yield from fill(place + 1, at)
                del at[SLOTS[place]]

    return next(fill(0, {}), None)


def _wishes(draw: Draw, staff: list[str], load: int) -> list[Wish]:
    """The wishes of a week; the more load, the less likely that it can be staffed."""
    mine: list[Wish] = []
    for person in staff:
        mine += [(person, "off", day) for day in draw.sample(DAYS, draw.integer(0, 1 + load))]
        if draw.chance(0.25 + 0.15 * load):
            mine.append((person, "not", draw.choice(SHIFTS)))
    pair = draw.sample(staff, 2)
    mine.append((pair[0], "apart", pair[1]))
    person = draw.choice([name for name in staff if name not in pair])
    free = [day for day in DAYS if (person, "off", day) not in mine]
    shifts = [shift for shift in SHIFTS if (person, "not", shift) not in mine]
    if free and shifts:
        mine.append((person, "wants", f"{draw.choice(free)} {draw.choice(shifts)}"))
    return mine


def _weeks(
    draw: Draw, weeks: list[str], staff: list[str], most: int
) -> tuple[dict[str, list[Wish]], dict[str, bool]]:
    """Wishes and verdicts of the weeks, some of which can be staffed and some not."""
    wanted = draw.shuffled([True, True, False, False, draw.chance(0.5)])
    found: dict[str, list[Wish]] = {}
    for week, possible in zip(weeks, wanted, strict=True):
        for attempt in range(60):
            wishes = _wishes(draw, staff, 1 if possible else 1 + attempt % 3)
            try:
                fits = (rota(staff, wishes, most) is not None) == possible
            except Unsuitable:
                continue
            # A day on which nobody has time would be seen at a glance.
            off = [day for _, kind, day in wishes if kind == "off"]
            if fits and max(map(off.count, DAYS)) <= len(staff) - 2:
                found[week] = wishes
                break
        else:
            raise Unsuitable("no week of that sort")
    return found, dict(zip(weeks, wanted, strict=True))
