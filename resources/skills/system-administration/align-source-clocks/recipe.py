"""Put the events of sources with wrong clocks onto one time line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shellwright.recipe import (
    Draw,
    Entry,
    Log,
    LogEvent,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)

#: Zones, and how many minutes their clocks are before UTC at the end of February.
ZONES = {
    "Europe/Berlin": 60,
    "Asia/Kathmandu": 345,
    "America/St_Johns": -210,
    "Australia/Adelaide": 630,
    "America/New_York": -300,
    "UTC": 0,
}
MEASURED = 1_772_100_000
EXAMPLE = (
    '{"ts": "2026-02-27T21:00:04Z", "level": "error", "component": "billing", '
    '"request_id": "3fa9c1", "msg": "text"}'
)


@dataclass(frozen=True)
class Clock:
    """The clock of a component: its zone, and by how many seconds it is ahead."""

    component: str
    zone: str
    ahead: int
    measured: int

    def line(self) -> str:
        """The measurement: the true time in UTC, and what the clock showed."""
        shown = LogEvent(self.measured + self.ahead + 60 * ZONES[self.zone]).stamp()
        return f"{self.component},{self.zone},{LogEvent(self.measured).stamp()},{shown}"


class AlignSourceClocks(Recipe):
    """The events as JSON lines in the order of their true times."""

    needs = (Pattern.of("log", format="service"),)
    gives = (Pattern.of("log", format="json", storage="plain"),)
    tools = ("cat", "cut", "date", "gawk", "grep", "head", "ls", "mktemp", "paste", "rm", "sort",
             "tail", "uniq", "wc", "zcat")  # fmt: skip
    packages = ("gawk", "tzdata")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Log)
        names = sorted({event.component for event in source.events})
        if len(names) < 3 or any('"' in e.message or "\\" in e.message for e in source.events):
            raise Unsuitable("fewer than three components, or messages that need escapes")
        zones = draw.shuffled(ZONES)
        clocks = {
            name: Clock(
                name,
                zones[place % len(zones)],
                draw.choice([-1, 1]) * draw.integer(40, 1_500) if place else 0,
                MEASURED + draw.integer(0, 80_000),
            )
            for place, name in enumerate(draw.shuffled(names))
        }
        measured = world.input(draw, ["clocks", "clock_check", "time_sources"], ".csv")
        target = world.output(draw, ["timeline", "aligned", "true_times"], ".jsonl")

        def aligned(true: Callable[[Clock, int], int], in_order: bool = True) -> Log:
            events = [replace(e, time=true(clocks[e.component], e.time)) for e in source.events]
            if in_order:
                events.sort(key=lambda event: event.time)
            return replace(
                source, path=target, events=tuple(events), extra=(), format="json",
                storage="plain", noun=f"aligned {source.noun}",
            )  # fmt: skip

        def corrected(clock: Clock, time: int) -> int:
            return time - 60 * ZONES[clock.zone] - clock.ahead

        result = aligned(corrected)
        answers = [
            ("the error added", aligned(lambda c, t: t - 60 * ZONES[c.zone] + c.ahead)),
            ("zones only", aligned(lambda c, t: t - 60 * ZONES[c.zone])),
            ("errors only", aligned(lambda c, t: t - c.ahead)),
            ("zones the wrong way", aligned(lambda c, t: t + 60 * ZONES[c.zone] - c.ahead)),
            ("order of the log", aligned(corrected, in_order=False)),
        ]
        files = " ".join(quoted(path) for path, _ in source.parts())
        clock_file, there = quoted(measured), quoted(target)
        script = f"""work=$(mktemp -d)
zcat -f {files} | grep -nE '^[0-9-]{{10}} [0-9:]{{8}} [A-Z]+ \\[' > "$work/lines"
tail -n +2 {clock_file} | while IFS=, read -r component zone true shown; do
  ahead=$(($(TZ=$zone date -d "$shown" +%s) - $(TZ=UTC date -d "$true" +%s)))
  grep -F " [$component] " "$work/lines" > "$work/own" || continue
  cut -d : -f 2- "$work/own" | cut -c 1-19 | TZ=$zone date -f - +%s |
    gawk -v ahead="$ahead" '{{ print $1 - ahead }}' | paste -d ' ' - "$work/own"
done | LC_ALL=C sort -k 1,1n -k 2,2n | gawk '
  match($0, /^([0-9]+) [0-9]+:.{{19}} ([A-Z]+) \\[([^]]+)\\] \\(([^)]*)\\) (.*)$/, m) {{
    printf "{{\\"ts\\": \\"%s\\", \\"level\\": \\"%s\\", \\"component\\": \\"%s\\", ",
      strftime("%Y-%m-%dT%H:%M:%SZ", m[1], 1), tolower(m[2]), m[3]
    printf "\\"request_id\\": \\"%s\\", \\"msg\\": \\"%s\\"}}\\n", m[4], m[5]
  }}' > {there}
rm -r "$work\""""
        worst = max(clocks.values(), key=lambda clock: abs(clock.ahead))
        text = "component,zone,true_utc,shown\n"
        text += "".join(f"{clock.line()}\n" for clock in clocks.values())
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(measured, text.encode())],
            request=[
                f"The stamps in `{source.path}` cannot be compared: contrary to what it says, "
                "every component wrote the local time of its zone, from a clock that was wrong. "
                f"`{measured}` has, for each component, its `zone` and one check of its clock: "
                "`true_utc` is the right time in UTC and `shown` what the clock showed in its own "
                "zone. The error is constant. Write all events with their true time to "
                f"`{target}`, one a line exactly in the form `{EXAMPLE}`, times in UTC, level in "
                "lower case, sorted by true time and then by their order in the log. Lines that "
                "are no events are left out.",
                f"Please put `{source.path}` on one time line. Its components do not, as we "
                "thought, use UTC: each stamps with the local time of its `zone`, and with a clock "
                f"that is off by a constant. `{measured}` shows for every component what its "
                "clock said (`shown`, local) at a moment whose right time is `true_utc`. Correct "
                f"zone and error, and write the events to `{target}` in the order of the true "
                "times (the log's order where they are equal), each a line of the form "
                f"`{EXAMPLE}`: time in UTC, level in small letters, the same keys, order and "
                "spaces. Stack traces and the like do not go in.",
                f"The components in `{source.path}` disagree about the time. Each runs on local "
                "time and, on top of that, its clock is fast or slow by a fixed amount; that "
                f"the log is in UTC is not true. To put it right there is `{measured}`, one row "
                "a component: `zone`, then a pair taken at one instant, `true_utc` (correct, "
                f"UTC) and `shown` (that component's clock, local). `{target}` shall contain "
                f"every event with its corrected time, one per line like `{EXAMPLE}`, keys and "
                "spacing just so; UTC, small letters for the level. Arrange the lines by "
                "corrected time and leave events of the same second in the sequence of the log. "
                "Traces and anything else that is no event are dropped.",
                f"In which order did things really happen? `{source.path}` does not tell, since "
                "its stamps are local times from clocks with a constant deviation, whatever was "
                f"said about UTC. Deviations follow from `{measured}`: at the moment `true_utc` "
                f"the component's clock, set to its `zone`, read `shown`. I want `{target}`, "
                f"JSON lines after the pattern `{EXAMPLE}` (key order and blanks included, the "
                "level not in capitals, the time true and in UTC). Earliest event first, ties "
                "as in the log, and nothing but events.",
            ],
            steps=[
                look(
                    f"ls -l {quoted(source.path)}",
                    "I want to read the log as it is stored.",
                    "List how the log is stored.",
                ),
                look(
                    f"cat {clock_file}; zcat -f {files} | head -n 2; zcat -f {files} | wc -l; "
                    f"zcat -f {files} | grep -oE '^[^ ]+ [^ ]+ [A-Z]+ \\[[a-z]+' | cut -d '[' -f 2 "
                    "| sort | uniq -c",
                    f"{measured} has a zone and an error for each component, so each has to be "
                    "corrected on its own. How many events has each?",
                    "Read the clock checks and count events by component.",
                ),
                look(
                    f"TZ={worst.zone} date -u -d "
                    f"'TZ=\"{worst.zone}\" {worst.line().split(',')[3]}'; grep "
                    f"'^{worst.component},' {clock_file}",
                    f"The clock of {worst.component} is off by most.",
                    "Bring its reading to UTC and compare it with the true time.",
                ),
                do(
                    script,
                    "For each component: local stamps to seconds by its zone, minus the error of "
                    "its clock.",
                    "Correct the stamps by component, sort all by seconds, and print JSON lines.",
                    1.0,
                ),
                look(
                    f"wc -l {there}; head -n 2 {there}; tail -n 1 {there}",
                    "No event may get lost: there must be as many lines as in the log, now in "
                    "order of time.",
                    "Count the lines and look at both ends.",
                ),
            ],
            wrong=[
                answer
                for name, other in answers
                if other.events != result.events
                for answer in other.as_wrong(name)
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"tail -n +2 {clock_file} | date -f - +%s",
                    symptom=r"invalid date",
                    diagnosis="date reads one stamp a line; the columns have to be taken apart.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"date --zone={worst.zone} +%s",
                    symptom=r"unrecognized option '--zone",
                    diagnosis="The zone is given through the variable TZ.",
                ),
            ],
        )
