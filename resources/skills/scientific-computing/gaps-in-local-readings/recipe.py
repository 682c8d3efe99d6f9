"""Find gaps in readings that were written in the local time of several zones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

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
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("site", "site"),
    Column("from", "time"),
    Column("to", "time"),
    Column("minutes", "duration"),
)
#: Minutes ahead of UTC before and after the night in which Europe goes over to summer time.
ZONES = {
    "Africa/Nairobi": (180, 180),
    "America/New_York": (-240, -240),
    "Asia/Kolkata": (330, 330),
    "Europe/Athens": (120, 180),
    "Europe/Berlin": (60, 120),
    "Europe/Helsinki": (120, 180),
    "Europe/London": (0, 60),
    "Europe/Madrid": (60, 120),
}
SWITCH = datetime(2026, 3, 29, 1, 0)
STEP = 10


class GapsInLocalReadings(Recipe):
    """One row a gap: the site, the readings before and after it in UTC, and its minutes."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "selected", "merged"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "cut", "dateutils.dconv", "dateutils.ddiff", "dateutils.dgrep", "gawk", "grep",
             "head", "ls", "mkdir", "mlr", "sed", "sort", "uniq", "wc", "zdump")  # fmt: skip
    packages = ("dateutils", "gawk", "libc-bin", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category") or not world.theme.has_places(source.values("category")):
            raise Unsuitable("no places")
        group, form = source.name("category"), source.format
        names = sorted({*source.values("category")}, key=lambda name: name.encode())
        if not 3 <= len(names) <= 6 or any({*name} & {*",\"'\\"} for name in names):
            raise Unsuitable("too few or too many places, or names that are hard to write")
        zones = _zones(draw, names)
        closed = draw.choice(("Old Mill", "Pier 9", "Quarry"))
        most = draw.choice((25, 35, 45))
        begin = SWITCH - timedelta(minutes=60 * draw.integer(5, 6))
        end = SWITCH + timedelta(minutes=60 * draw.integer(6, 7))
        readings = {name: _readings(draw) for name in names}
        places = {**zones, closed: "Europe/Berlin"}
        readings[closed] = _readings(draw)
        folder = world.input(draw, ["loggers", "readings_local", "stations"])
        sites = world.input(draw, ["sites", "time_zones", "logger_sites"], ".csv")
        target = world.output(draw, ["gaps", "missing_data", "outages"], ".csv")

        def made(clock: Callable[[str, datetime], datetime], *, cut: bool = True) -> Table:
            rows: list[Row] = []
            for name in names:
                utc = sorted({clock(zones[name], _local(zones[name], at)) for at in readings[name]})
                inside = [at for at in utc if begin <= at <= end or not cut]
                for a, b in pairwise(inside):
                    minutes = int((b - a).total_seconds()) // 60
                    if minutes > most:
                        rows.append((name, _stamp(a), _stamp(b), str(minutes)))
            rows.sort(key=lambda row: (row[1], row[0].encode()))
            return summary(target, "gaps in the readings", COLUMNS, rows)

        result = made(_utc)
        if len(result.rows) < 3:
            raise Unsuitable("hardly any gap")
        files = {name: f"{folder}/{_slug(name)}.txt" for name in places}
        here, there, at, known = (quoted(path) for path in (source.path, target, folder, sites))
        work, head = "/tmp/gaps", ",".join(result.header)
        window = f"`{_stamp(begin)}` to `{_stamp(end)}`"
        european = sorted({zone for zone in zones.values() if zone.startswith("Europe")})
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry.folder(folder),
                *[
                    Entry(files[name], _text(draw, places[name], readings[name]))
                    for name in sorted(places)
                ],
                Entry(
                    sites,
                    b"site,file,zone\n"
                    + "".join(
                        f"{name},{_slug(name)}.txt,{places[name]}\n"
                        for name in draw.shuffled(sorted(places))
                    ).encode(),
                ),
            ],
            request=[
                f"Our loggers in `{folder}` write `DD.MM.YYYY HH:MM` in the local time of their "
                f"site, a blank, and a value, every ten minutes if all is well. `{sites}` says "
                "which file and which time zone belong to a site; lines are out of order here and "
                "there or repeated, and some clocks were put forward in that night of March. "
                f"Where is data missing? For each `{group}` that occurs in `{source.path}` (the "
                "other sites are closed) look at the readings from "
                f"{window}, both included, and list each pair of successive ones that are more "
                f"than `{most}` minutes apart. `{target}` is CSV with the header `{head}`: the "
                "site, the two times in UTC as `YYYY-MM-DDTHH:MM:SSZ`, and the whole minutes "
                "between them; in order of time, then of site.",
                f"Please list the gaps in the readings below `{folder}`. The lines there are "
                "`DD.MM.YYYY HH:MM` and a value, in the local time of the zone that "
                f"`{sites}` gives for the file, and some of those zones went over to summer time "
                "that night. Not every line is in its place, and some are there twice. Only the "
                f"sites that `{source.path}` has as `{group}` are of interest, and only the time "
                f"{window}, bounds included. A gap is when two neighbouring readings of that time "
                f"are more than `{most}` minutes apart. Write them to `{target}`, a CSV file with "
                f"the header `{head}`: site, reading before, reading after, minutes in between; "
                "times in UTC in the form `YYYY-MM-DDTHH:MM:SSZ`, sorted by "
                "the earlier time, then by site.",
            ],
            steps=[
                look(
                    f"cat {known}; ls {at}; "
                    f"mlr --i{form} --onidx cut -f {group} {here} | sort | uniq -c",
                    "Which sites count, and which loggers are there?",
                    "Read the list of sites and list the files.",
                ),
                look(
                    f"head -n 4 {quoted(files[names[0]])}",
                    "Times in the files are local; how do the loggers write them?",
                    "Read the beginning of a file.",
                ),
                look(
                    f"for zone in $(cut -d , -f 3 {known} | sed 1d | sort -u); do\n"
                    "  zdump -v $zone | grep 'Mar.*2026' || echo $zone: no change in March\ndone",
                    "An hour that a clock skipped is no gap. When does each zone change?",
                    "Ask the zone database for the changes of March 2026.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"mlr --i{form} --onidx --ofs tab count-distinct -f {group} then cut -f "
                    f"{group} {here} > {work}/open\n"
                    f"sed 1d {known} | while IFS=, read -r site file zone; do\n"
                    f'  grep -qxF "$site" {work}/open || continue\n'
                    f"  cut -d ' ' -f 1,2 {at}/\"$file\" |\n"
                    "    dateutils.dconv --from-zone \"$zone\" -i '%d.%m.%Y %H:%M' "
                    "-f '%Y-%m-%dT%H:%M:%SZ' |\n"
                    f"    dateutils.dgrep '>={_stamp(begin)[:-1]} && <={_stamp(end)[:-1]}' | "
                    f'sort -u |\n    sed "s/^/$site,/"\n'
                    f"done > {work}/utc.csv\nwc -l {work}/utc.csv; head -n 2 {work}/utc.csv",
                    f"{' and '.join(european)} jumped at 01:00 UTC, the others did not. So the "
                    "zone's name goes into the conversion, not an offset.",
                    "Convert to UTC, cut the window, sort and drop repetitions.",
                    0.6,
                ),
                do(
                    f"{{ echo {head}\n"
                    f"  gawk -F , -v most={most} '\n"
                    '    function seconds(t) { gsub(/[-T:Z]/, " ", t); return mktime(t, 1) }\n'
                    "    $1 == site { minutes = (seconds($2) - seconds(last)) / 60\n"
                    '      if (minutes > most) print site "," last "," $2 "," minutes }\n'
                    f"    {{ site = $1; last = $2 }}' {work}/utc.csv | LC_ALL=C sort -t , -k 2,2 "
                    f"-k 1,1\n}} > {there}",
                    f"One list in UTC, site by site. {most} minutes is what may pass.",
                    "Compare neighbours of one site and write the gaps in order of time.",
                ),
                look(
                    f"mlr --icsv --opprint cat {there}; dateutils.ddiff -f '%M minutes' "
                    f"{result.rows[0][1]} {result.rows[0][2]}",
                    "None of the gaps may be only a clock put forward.",
                    "Read the gaps and work one of them out by itself.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("local times taken for UTC", made(lambda zone, at: at)),
                    ("one offset for the whole night", made(_winter)),
                    ("the window left out", made(_utc, cut=False)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command="TZ=Europe/Berlin date -u -d '29.03.2026 03:30' +%FT%TZ",
                    symptom=r"invalid date",
                    diagnosis="date does not read that notation; the format has to be stated.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command="dateutils.dconv --tz Europe/Berlin 2026-03-29T03:30:00",
                    symptom=r"unrecognized option",
                    diagnosis="The zone that times are in is given with --from-zone.",
                ),
            ],
        )


def _slug(name: str) -> str:
    """The name of a site as file names have it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _stamp(at: datetime) -> str:
    """The time as the result states it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _local(zone: str, at: datetime) -> datetime:
    """What a clock in the zone shows at a time in UTC."""
    return at + timedelta(minutes=ZONES[zone][at >= SWITCH])


def _winter(zone: str, shown: datetime) -> datetime:
    """The time in UTC if the clocks had not been put forward."""
    return shown - timedelta(minutes=ZONES[zone][0])


def _utc(zone: str, shown: datetime) -> datetime:
    """The time in UTC when a clock in the zone shows this."""
    early = _winter(zone, shown)
    return early if early < SWITCH else shown - timedelta(minutes=ZONES[zone][1])


def _zones(draw: Draw, names: Sequence[str]) -> dict[str, str]:
    """A zone for each site: two at least that change, one that does not."""
    european = [zone for zone in sorted(ZONES) if zone.startswith("Europe")]
    other = [zone for zone in sorted(ZONES) if not zone.startswith("Europe")]
    chosen = [*draw.sample(european, 2), draw.choice(other)]
    chosen += [draw.choice(sorted(ZONES)) for _ in names[3:]]
    return dict(zip(names, draw.shuffled(chosen), strict=True))


def _readings(draw: Draw) -> list[datetime]:
    """Times of readings in UTC, with a gap near the change and some others."""
    start = SWITCH - timedelta(minutes=480 + draw.integer(0, 9))
    missing: set[int] = set()
    for first in (draw.integer(2, 12), draw.integer(40, 50), draw.integer(56, 90)):
        missing |= {*range(first, first + draw.integer(1, 8))}
    return [start + timedelta(minutes=STEP * n) for n in range(102) if n not in missing]


def _text(draw: Draw, zone: str, times: Sequence[datetime]) -> bytes:
    """The file of a logger: local times, some lines late and some repeated."""
    lines = [
        f"{_local(zone, at):%d.%m.%Y %H:%M} {draw.integer(180, 420) / 10:.1f}\n" for at in times
    ]
    for _ in range(4):
        late = draw.integer(3, len(lines) - 8)
        lines.insert(late + draw.integer(1, 5), lines.pop(late))
        again = draw.integer(3, len(lines) - 2)
        lines.insert(again + 1, lines[again])
    return "".join(lines).encode()
