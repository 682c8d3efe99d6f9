"""Apply a list of changes to an INI file."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Settings,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)

REMOVE = "(remove)"
Change = tuple[str, str, str]


class ApplySettingsChanges(Recipe):
    """The configuration has the values of a list of changes, in place, comments kept."""

    needs = (Pattern.of("settings", condition="drifted"),)
    gives = (Pattern.of("settings", condition="agreed"),)
    tools = ("column", "crudini", "cut", "grep", "sort", "uniq", "wc")
    packages = ("bsdextrautils", "crudini")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Settings)
        changes = drawn_changes(source, draw)
        after = applied(source.values, changes)
        result = dataclasses.replace(source, values=after, condition="agreed")
        if {s for s, _, _ in source.values} - {s for s, _, _ in after}:
            raise Unsuitable("a section would become empty")
        listed = world.input(draw, ["changes", "agreed_settings", "change_sheet"], ".tsv")
        here, there = quoted(source.path), quoted(listed)
        twice = next(s for n, s in enumerate(changes) if s[:2] in [c[:2] for c in changes[:n]])
        section, key, _ = twice
        script = (
            "while IFS=$'\\t' read -r section key value; do\n"
            f"  if [ \"$value\" = '{REMOVE}' ]; then\n"
            f'    crudini --del {here} "$section" "$key"\n'
            "  else\n"
            f'    crudini --set {here} "$section" "$key" "$value"\n'
            f"  fi\ndone < {there}"
        )
        first_wins = applied(source.values, [*changes, *changes[::-1]])
        ignoring = applied(source.values, [c for c in changes if c[2] != REMOVE])
        named = {key: value for _, key, value in changes if value != REMOVE}
        by_key = tuple((s, k, named.get(k, v)) for s, k, v in after)
        answers = [
            ("the first of two lines for a setting counts", first_wins),
            ("removals were not made", ignoring),
            ("a key was changed in every section", by_key),
        ]
        wrong = [
            answer
            for name, values in answers
            if sorted(values) != sorted(after)
            for answer in dataclasses.replace(result, values=values).as_wrong(name)
        ]
        wrong += dataclasses.replace(result, remarks=()).as_wrong("the comments are gone")
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(listed, "".join("\t".join(change) + "\n" for change in changes).encode())
            ],
            request=[
                f"Bring `{source.path}` up to what was agreed. `{listed}` has one change a line, "
                "without a header: section, key and new value, separated by tabs. A section or "
                f"key that is not there yet is added, `{REMOVE}` as the value means that the key "
                "goes, and where a setting is listed twice the later line counts. Change the file "
                "in place, nothing but these settings, and keep its comments.",
                f"The changes in `{listed}` have to get into `{source.path}`, in place. Each line "
                "is section, tab, key, tab, new value (there is no header row). Add keys and "
                f"sections that are missing, take a key out where the value is `{REMOVE}`, and "
                "go by the last line if one setting occurs more than once. All other settings "
                "and the comments stay as they are.",
            ],
            steps=[
                look(
                    f"column -t -s $'\\t' {there}; cut -f 1,2 {there} | sort | uniq -d; "
                    f"grep -c = {here}",
                    "I need to know what kinds of change there are, and whether a setting is "
                    "listed twice.",
                    "Show the list, the settings that occur twice, and count those of the file.",
                ),
                look(
                    f"crudini --get --format=lines {here} {section}",
                    f"{key} in [{section}] is listed twice. The same keys stand in many sections, "
                    "so each change needs its section.",
                    "See that section as the tool reads it.",
                ),
                do(
                    script,
                    "The list has settings and removals. In order, the later line of a setting "
                    "overwrites the earlier one.",
                    "Apply the list line by line to section and key.",
                ),
                look(
                    f"crudini --get --format=lines {here} {section}; grep -c '^#' {here}; "
                    f"crudini --get --format=lines {here} | wc -l",
                    "Are the settings those of the list, and are the comments still there?",
                    "Read the section again and count settings and comments.",
                ),
            ],
            wrong=wrong,
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"crudini --get {here} {section} {key}_old",
                    symptom=r"Parameter not found",
                    diagnosis="The key is not called that; the list has the right names.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"crudini --apply {there} {here}",
                    symptom=r"option --apply not recognized",
                    diagnosis="crudini takes one setting at a time; the list needs a loop.",
                ),
            ],
        )


def drawn_changes(source: Settings, draw: Draw) -> list[Change]:
    """Eight to ten changes: new values, removals, additions, and one setting listed twice."""
    chosen = draw.sample([s for s in source.values if s[1] != "greeting"], 7)
    changes = [(section, key, _other(key, draw)) for section, key, _ in chosen[:4]]
    changes += [(section, key, REMOVE) for section, key, _ in chosen[4:6]]
    changes.append(("maintenance", "window", f"Sun 0{draw.integer(1, 5)}:30 UTC"))
    changes.append((chosen[6][0], "max_age", f"{draw.integer(2, 60)} days"))
    changes = draw.shuffled(changes)
    section, key, _ = chosen[0]
    return [*changes, (section, key, f"{_other(key, draw)}{draw.integer(0, 9)}")]


def _other(key: str, draw: Draw) -> str:
    """A new value for a key."""
    number = draw.integer(100, 999)
    return {"host": f"new-{number}.example", "path": f"/srv/state/{number}"}.get(key, str(number))


def applied(values: tuple[Change, ...], changes: list[Change]) -> tuple[Change, ...]:
    """The settings after the changes, one after the other."""
    found = {(section, key): value for section, key, value in values}
    for section, key, value in changes:
        if value == REMOVE:
            found.pop((section, key), None)
        else:
            found[section, key] = value
    return tuple((section, key, value) for (section, key), value in found.items())
