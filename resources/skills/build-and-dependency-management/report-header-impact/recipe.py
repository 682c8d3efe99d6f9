"""Report which sources each header concerns."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    Report,
    World,
    Wrong,
    do,
    look,
    quoted,
)


class ReportHeaderImpact(Recipe):
    """A JSON report with the sources to compile again, for each header of a project."""

    needs = (Pattern.of("project", condition=("stale", "sound")),)
    gives = (Pattern.of("report", format="json"),)
    tools = ("gcc", "sed", "gawk", "sort", "jq", "grep")
    packages = ("gcc", "libc6-dev", "gawk", "jq")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        target = world.output(draw, ["header_impact", "rebuilds", "who_includes_what"], ".json")
        headers = sorted(n.removeprefix("include/") for n in source.files if n.endswith(".h"))
        value = {header: source.users(header) for header in headers}
        direct = {
            header: [n for n in source.sources if f'"{header}"' in source.files[n]]
            for header in headers
        }
        bare = {header: [n.removeprefix("src/") for n in users] for header, users in value.items()}
        result = Report(path=target, noun="header impact", value=value)
        place, there = quoted(source.path), quoted(target)
        wide = max(headers, key=lambda header: (len(value[header]), header))
        rules = f"cd {place} && gcc -MM -Iinclude src/*.c"
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"What has to be compiled again when a header of `{source.path}` changes? "
                    f"Write `{target}`: a JSON object with a key for every file in `include`, by "
                    "its bare name like `csv.h`, and as its value the list of the sources that "
                    "include it, directly or through other headers. Sources look like `src/csv.c` "
                    "and stand in alphabetical order."
                ),
                (
                    f"I am about to change some headers of `{source.path}` and need to know whom "
                    f"that concerns. Please make `{target}`, a JSON object from each header in "
                    "`include` (bare name, such as `csv.h`) to an alphabetical list of the "
                    "sources (as in `src/csv.c`) whose compilation reads it, indirect includes "
                    "counted."
                ),
            ],
            steps=[
                look(
                    f"(cd {place} && grep -n '#include \"' include/*.h)",
                    f"In {source.path} headers may include each other, which a plain search for "
                    "include lines in the sources would miss.",
                    "Show which headers include others.",
                ),
                do(
                    f"({rules}) | sed -e ':a' -e '/\\\\$/{{N;s/\\\\\\n//;ba' -e '}}' "
                    "| gawk '{ for (i = 3; i <= NF; i++) print $i \"\\t\" $2 }' | sort -u "
                    '| jq -Rn \'[inputs / "\\t" | {h: (.[0] | sub(".*/"; "")), s: .[1]}] '
                    "| group_by(.h) | map({key: .[0].h, value: (map(.s) | sort)}) "
                    f"| from_entries' > {there}",
                    "The preprocessor knows what each compilation reads; it may name a header "
                    "twice.",
                    "Take its dependency rules, join continued lines and turn them around.",
                    duration=0.6,
                ),
                look(
                    f"jq -c 'map_values(length)' {there}; jq -c '.[\"{wide}\"]' {there}",
                    f"How many sources does each header concern, and which are those of {wide}?",
                    "Count the users of each header and list those of that one.",
                ),
            ],
            wrong=[
                Wrong(name, path=target, content=_text(other))
                for name, other in (
                    ("direct includes only", direct),
                    ("without the folder", bare),
                    ("one header is missing", {h: value[h] for h in headers if h != wide}),
                )
                if other != value
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd {place} && gcc -MM src/*.c)",
                    symptom=r"No such file or directory",
                    diagnosis="The headers are in include, so the include path has to be given.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"(cd {place} && gcc --list-headers -Iinclude src/main.c)",
                    symptom=r"unrecognized command-line option",
                    diagnosis="gcc has no such option; -MM prints the dependencies.",
                ),
            ],
        )


def _text(value: dict[str, list[str]]) -> bytes:
    """The report with other content."""
    return Report(path="/", noun="header impact", value=value).text().encode()
