"""Measure detection rules, keep the good ones and compile them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

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
    Tree,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("rule", "rule"),
    Column("samples", "count"),
    Column("harmless", "count"),
    Column("verdict", "verdict"),
)
#: Counts `rule path` lines of the two folders by rule; the names of all rules come first.
PROGRAM = """FILENAME ~ /names/ { names[$1]; next }
  FILENAME ~ /hits/ { hits[$1]++; next } { alarms[$1]++ }
  END { for (r in names) print r, hits[r] + 0, alarms[r] + 0,
    alarms[r] ? "drop" : hits[r] ? "keep" : "blind" }"""


@dataclass(frozen=True)
class Rule:
    """A rule as YARA spells it, and the same as a test of a file's content."""

    name: str
    text: str
    fires: Callable[[bytes], bool]


class WeedOutDetectionRules(Recipe):
    """A row for each rule with its hits and false alarms, and the good ones compiled."""

    needs = (
        Pattern.of("tree", content="documents", condition=("tidy", "crlf", "leaky", "outdated")),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "find", "gawk", "grep", "head", "rm", "sort", "uniq", "wc", "yara",
             "yarac")  # fmt: skip
    packages = ("gawk", "yara")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        harmless = [file.content for file in source.files]
        if any(file.target for file in source.files) or not 8 <= len(harmless) <= 60:
            raise Unsuitable("links, or too few or too many files")
        rules, samples = _zoo(draw, world.theme.categories)
        hits = {rule.name: sum(map(rule.fires, samples.values())) for rule in rules}
        alarms = {rule.name: sum(map(rule.fires, harmless)) for rule in rules}

        def verdict(name: str) -> str:
            return "drop" if alarms[name] else "keep" if hits[name] else "blind"

        kept = [rule for rule in rules if verdict(rule.name) == "keep"]
        kinds = {verdict(rule.name) for rule in rules}
        if len(kinds) < 3 or len(kept) < 3:
            raise Unsuitable("not every verdict occurs")
        cage = world.input(draw, ["quarantine", "samples", "caught"])
        given = world.input(draw, ["rules", "candidates", "hunting_rules"], ".yar")
        target = world.output(draw, ["rule_review", "rules", "detection"], ".csv")
        compiled = world.output(draw, ["live", "kept_rules", "approved"], ".yarc")

        def table(judge: Callable[[str], str]) -> Table:
            rows: list[Row] = [
                (name, str(hits[name]), str(alarms[name]), judge(name))
                for name in byte_sorted(rule.name for rule in rules)
            ]
            return summary(target, "review of the rules", COLUMNS, rows)

        result = table(verdict)
        here, there, zoo, source_file, out = (
            quoted(p) for p in (source.path, target, cage, given, compiled)
        )
        head = ",".join(result.header)
        brings = [Entry.folder(cage)]
        brings += [Entry(f"{cage}/{name}", data, mode=0o600) for name, data in samples.items()]
        brings.append(Entry(given, "\n".join(rule.text for rule in rules).encode()))
        fired = byte_sorted(
            f"{rule.name} {cage}/{name}"
            for rule in kept
            for name, data in samples.items()
            if rule.fires(data)
        )
        only = "gawk -F , 'NR > 1 && $4 == \"keep\" { print $1 }' " + there
        return Move(
            focus=result,
            makes=[result],
            brings=brings,
            request=[
                f"Before the YARA rules in `{given}` go live I want to know what each is worth. "
                f"`{cage}` has samples that we caught, `{source.path}` nothing but harmless files. "
                f"Write `{target}`, CSV with the header `{head}`, one row a rule in byte order of "
                "its name: in how many samples and in how many harmless files it fires, and "
                "`drop` if it fires in any harmless file, otherwise `keep` if it fires in a sample "
                f"and `blind` if it does not. Compile those with `keep`, and no others, into "
                f"`{compiled}`, unchanged and under their names, so that YARA can load that file "
                "as compiled rules.",
                f"Please weed out `{given}`, a set of YARA rules. Count for each rule the files in "
                f"`{cage}` (samples from the quarantine) and in `{source.path}` (our own files, "
                f"all harmless) that it matches, and put that into `{target}`: CSV, header "
                f"`{head}`, by rule in byte order, every rule once. A rule that matches a harmless "
                "file gets `drop`; of the others, those that match no sample are `blind` and the "
                f"rest is `keep`. I also need `{compiled}`, the rules marked `keep` as they are, "
                "in YARA's compiled form, and without any of the rest.",
            ],
            steps=[
                look(
                    f"grep -c '^rule ' {source_file}; head -n 24 {source_file}; "
                    f"find {zoo} -type f | wc -l; find {here} -type f | wc -l",
                    "I want to see how the rules are written and how much there is to scan.",
                    "Read the first rules and count files.",
                ),
                look(
                    f"yara -r {source_file} {here} | cut -d ' ' -f 1 | sort | uniq -c | sort -rn",
                    "Whatever fires on our own files is a false alarm by definition.",
                    "Count the alarms in the harmless folder by rule.",
                ),
                do(
                    f"grep '^rule ' {source_file} | gawk '{{ print $2 }}' > /tmp/names.txt\n"
                    f"yara -r {source_file} {zoo} > /tmp/hits.txt\n"
                    f"yara -r {source_file} {here} > /tmp/alarms.txt\n"
                    f"{{ echo {head}; gawk -v OFS=, '{PROGRAM}' /tmp/names.txt /tmp/hits.txt "
                    f"/tmp/alarms.txt |\n  LC_ALL=C sort -t , -k 1,1; }} > {there}\n"
                    "rm /tmp/names.txt /tmp/hits.txt /tmp/alarms.txt",
                    "A rule may fire in nothing at all, so that only the source knows its name; "
                    "others fire in harmless files.",
                    "Scan both folders and count by rule.",
                    duration=0.5,
                ),
                do(
                    f"gawk 'FNR == NR {{ keep[$1]; next }} /^rule / {{ on = $2 in keep }} on' \\\n"
                    f"  <({only}) {source_file} > /tmp/kept.yar\n"
                    f"yarac /tmp/kept.yar {out}\nrm /tmp/kept.yar",
                    "None of the rules that stay refers to another, so they can be cut out as "
                    "they are.",
                    "Cut out the rules that stay and compile them.",
                ),
                look(
                    f"cat {there}; yara -C -r {out} {zoo} | wc -l; yara -C -r {out} {here} | wc -l",
                    "The compiled set must fire in the samples and never in the harmless files.",
                    "Scan both folders with the compiled rules.",
                ),
            ],
            checks=[
                shell_prints(
                    f"yara -C -r {out} {zoo} | sort; echo; yara -C -r {out} {here}",
                    "".join(f"{line}\n" for line in fired) + "\n",
                    about=f"{compiled} has the rules that stay and no others.",
                    paths=[compiled],
                    key="fires",
                    weight=2.0,
                )
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "false alarms accepted",
                            table(lambda n: "keep" if hits[n] else verdict(n)),
                        ),
                        ("blind rules kept", table(lambda n: "drop" if alarms[n] else "keep")),
                    ],
                ),
                Wrong("all rules compiled", command=f"rm -f {out}; yarac {source_file} {out}"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"yara -C -r {source_file} {zoo}",
                    symptom=r"(?i)error|invalid|corrupt|not a",
                    diagnosis="-C is for compiled rules; these are sources.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"yarac --only {kept[0].name} {source_file} /tmp/try.yarc",
                    symptom=r"(?i)unknown option|unrecognized",
                    diagnosis="yarac compiles whole files; what is to stay has to be cut out "
                    "first.",
                ),
            ],
        )


def _zoo(draw: Draw, words: tuple[str, ...]) -> tuple[list[Rule], dict[str, bytes]]:
    """Rules of several sorts, and samples of the families that they are about."""
    gate = f"http://cdn-{draw.hex(4)}.example/gate.php"
    marker, mutex = f"<<{draw.hex(6)}>>", f"Global\\{draw.hex(8)}"
    one, two = draw.integer(16, 250), draw.integer(16, 250)
    old = f"build-{draw.integer(1000, 9999)}-internal"
    word = draw.choice([word for word in words if re.fullmatch(r"[ A-Za-z-]+", word)])
    limit, times = draw.choice([3, 4, 6]), draw.choice([3, 4])
    stub = re.compile(re.escape(bytes([0x8B, 0x45])) + b"." + re.escape(bytes([0x34, one, 0x88])),
                      re.DOTALL)  # fmt: skip
    parts = [b"VirtualProtect", b"keylog.dat", mutex.encode()]
    rules = [
        _rule("small_loader", [], f"uint16(0) == 0x5A4D and filesize < {limit}KB",
              lambda d: d[:2] == b"MZ" and len(d) < limit * 1024),
        _rule("gate_url", [f'$url = "{gate}" nocase'], "$url",
              lambda d: gate.encode() in d.lower()),
        _rule("xor_stub", [f"$stub = {{ 8B 45 ?? 34 {one:02X} 88 }}"], "$stub",
              lambda d: stub.search(d) is not None),
        _rule("xor_stub_old", [f"$stub = {{ 8B 45 FC 34 {one:02X} {two:02X} 90 90 }}"], "$stub",
              lambda d: bytes([0x8B, 0x45, 0xFC, 0x34, one, two, 0x90, 0x90]) in d),
        _rule("chatty_config", [f'$m = "{marker}"'], f"#m >= {times}",
              lambda d: d.count(marker.encode()) >= times),
        _rule("old_builds", [f'$tag = "{old}"'], "$tag", lambda d: old.encode() in d),
        _rule("keylogger", ['$a = "VirtualProtect"', '$b = "keylog.dat"',
                            f'$c = "{mutex}"'.replace("\\", "\\\\")], "2 of them",
              lambda d: sum(part in d for part in parts) >= 2),
        _rule("names_us", [f'$w = "{word}" nocase'], "$w",
              lambda d: word.lower().encode() in d.lower()),
        _rule("any_note", ['$t = "TODO"', '$n = "(1"'], "any of them and filesize < 20KB",
              lambda d: (b"TODO" in d or b"(1" in d) and len(d) < 20 * 1024),
    ]  # fmt: skip
    samples: dict[str, bytes] = {}
    for _ in range(draw.integer(16, 26)):
        size = draw.choice([900, 2000, 2900, 3500, 4400, 7000])
        chunks = [draw.bytes(size // 4) for _ in range(4)]
        head = b"MZ\x90\0" if draw.chance(0.6) else draw.choice([b"PK\3\4", b"\x7fELF"])
        pieces = [
            draw.choice([gate, gate.replace("http", "HTTP"), gate.upper()]).encode(),
            bytes([0x8B, 0x45, draw.integer(0, 255), 0x34, draw.choice([one, one, two]), 0x88]),
            marker.encode() * draw.choice([times - 1, times, times + 2]),
            b"\0".join(draw.sample(parts, draw.integer(1, 3))),
            f"Dear {word} team, see the file\n".encode(),
        ]
        chosen = draw.sample(pieces, draw.integer(1, 3))
        body = b"".join(a + b for a, b in zip(chunks, [*chosen, *[b"\0"] * 4], strict=False))
        samples[f"{draw.hex(12)}.{draw.choice(['bin', 'exe', 'dat'])}"] = head + body
    return draw.shuffled(rules), samples


def _rule(name: str, strings: list[str], condition: str, fires: Callable[[bytes], bool]) -> Rule:
    lines = [f"rule {name}", "{"]
    if strings:
        lines += ["    strings:", *(f"        {text}" for text in strings)]
    return Rule(name, "\n".join([*lines, "    condition:", f"        {condition}", "}\n"]), fires)
