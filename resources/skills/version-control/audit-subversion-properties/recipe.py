"""List the properties of a Subversion trunk, and since when each value holds."""

from __future__ import annotations

from datetime import UTC, datetime

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.history import History
from shellwright.recipe.tabular import differing


class AuditSubversionProperties(Recipe):
    """A table lists each property below trunk with its value, and who set that when."""

    needs = (Pattern.of("history", system="svn"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = (
        "svnadmin", "svn", "svnlook", "awk", "head", "paste", "cut", "sort", "cat", "tr", "seq",
        "sed",
    )  # fmt: skip
    packages = ("mawk", "subversion")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, History)
        target = world.output(draw, ["properties", "svn_properties", "property_audit"], ".csv")
        joint = draw.choice(["|", "; ", " + "])
        columns = [
            Column("path", "path"),
            Column("property", "property"),
            Column("value", "value"),
            Column("revision", "revision"),
            Column("author", "person"),
            Column("date", "date"),
        ]
        first, latest = _found(source, joint, first=True), _found(source, joint)
        result = summary(target, "properties below trunk", columns, latest)
        touched = _found(source, joint, touched=True)
        dump, there = quoted(source.path), quoted(target)
        ask = "svnlook propget -r"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Before the Subversion dump `{source.path}` is put away, I need to know what its "
                "properties say. List in "
                f"`{target}` every property that `trunk` or something below it has in the newest "
                "revision, as CSV with the header `path,property,value,revision,author,date`: the "
                "path begins with `trunk`; a value of several lines is joined by "
                f"`{joint}` without its final line end; revision is the number of the one that set "
                "the value as it is now, and author and date (UTC, `YYYY-MM-DD`) are that "
                "revision's. Changes of a file's text do not count, and neither do revision "
                "properties or the copies in `tags`. Order by path and then property, in byte "
                "order.",
                "Somebody has to write down the properties in our old Subversion repository "
                f"(dump: `{source.path}`), since the next system knows none. One row per property "
                "of `trunk` and all that lies below, as of the newest revision, in "
                f"`{target}`, a CSV file with the columns `path,property,value,revision,author,"
                "date`. Paths start with `trunk`. Where a value has several lines put "
                f"`{joint}` between them and drop the last line end. The last three columns are "
                "about the revision in which the property took its present value (number, login, "
                "date in UTC as `YYYY-MM-DD`), whatever happened to the text of the file later. "
                "No revision properties, nothing from `tags`. Sort by path, then property, both "
                "by bytes.",
            ],
            steps=[
                look(
                    f"svnadmin create /tmp/look && svnadmin load -q /tmp/look < {dump} && svn "
                    "proplist -v -R file:///tmp/look/trunk && svn log -q file:///tmp/look | "
                    "head -n 12",
                    f"{source.path} has to be loaded before it can be asked anything.",
                    "Load it into a scratch repository and list the properties of today.",
                ),
                do(
                    f"svnadmin create /tmp/svn && svnadmin load -q /tmp/svn < {dump} && "
                    "last=$(svnlook youngest /tmp/svn) && svn ls -R file:///tmp/svn/trunk > "
                    "/tmp/below.txt && (echo trunk; while read -r p; do echo trunk/${p%/}; done < "
                    "/tmp/below.txt) > /tmp/paths.txt && while read -r path; do for name in "
                    "$(svnlook proplist /tmp/svn $path | sed -n 's/^  //p'); do "
                    f"now=$({ask} $last /tmp/svn $name $path); since=$last; for r in $(seq "
                    f"$((last - 1)) -1 1); do old=$({ask} $r /tmp/svn $name $path 2> /tmp/none) "
                    '|| break; [ "$old" = "$now" ] || break; since=$r; done; '
                    "printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' $path $name "
                    f"\"$(awk -v j='{joint}' 'NR > 1 {{printf j}} {{printf \"%s\", $0}}' <<< "
                    "\"$now\")\" $since $(svnlook author -r $since /tmp/svn) $(svnlook date -r "
                    "$since /tmp/svn | cut -d' ' -f1); done; done < /tmp/paths.txt > /tmp/rows.tsv",
                    "The log of a path also lists changes of its text, so the values themselves "
                    "are compared, back from the newest revision.",
                    "Walk back for each property while its value is the same.",
                    duration=4.0,
                ),
                do(
                    f"(echo path,property,value,revision,author,date; LC_ALL=C sort -t $'\\t' "
                    f"-k1,1 -k2,2 /tmp/rows.tsv | tr '\\t' ',') > {there}",
                    "No value has a comma in it, so the tabs can simply become commas.",
                    "Sort and write the table.",
                ),
                look(
                    f"cat {there}; cut -d, -f5 {there} | sort -u | paste -sd' '",
                    "Is there a row for every property of today, and are the revisions plausible?",
                    "Read the result and the people in it.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the revision that first set the property", result.with_rows(first)),
                    ("the last change of the path, text included", result.with_rows(touched)),
                    ("properties of the folder itself are missing", result.with_rows(
                        row for row in latest if row[0] != "trunk"
                    )),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command="svnlook propget /tmp/look trunk svn:ignore",
                    symptom=r"E\d{6}|not found",
                    diagnosis="The name of the property comes before the path.",
                ),
                Mistake(
                    "analysis",
                    before=1,
                    command="svn log -q --limit 1 file:///tmp/look/trunk/settings.ini; "
                    "svn diff -c $(svn log -q file:///tmp/look/trunk/settings.ini | awk '/^r/ "
                    "{print substr($1, 2)}' | tail -n 1) file:///tmp/look | head -n 3",
                    symptom=r"r\d+ \| ",
                    diagnosis="That is the last revision that touched the path, which may have "
                    "changed its text alone; the value has to be compared across revisions.",
                ),
            ],
        )  # fmt: skip


def _found(source: History, joint: str, *, first: bool = False, touched: bool = False) -> list[Row]:
    """A row for each property of today; its revision may also be the first, or the last touch."""
    set_by: dict[tuple[str, str], tuple[str, int]] = {}
    texts: dict[str, tuple[bytes, int]] = {}
    for number, change in enumerate(source.changes, 2):
        for path, name, value in change.properties:
            old = set_by.get((path, name))
            if old is None or (old[0] != value):
                set_by[path, name] = (value, old[1] if first and old else number)
        for file in change.revision.files if change.revision else ():
            if texts.get(file.name, (b"", 0))[0] != file.content:
                texts[file.name] = (file.content, number)
    rows: list[Row] = []
    for (path, name), (value, number) in set_by.items():
        revision = max(number, texts.get(path, (b"", 0))[1]) if touched else number
        change = source.changes[revision - 2]
        day = datetime.fromtimestamp(change.time, UTC)
        full = f"trunk/{path}" if path else "trunk"
        text = joint.join(value.splitlines())
        rows.append((full, name, text, str(revision), change.login, f"{day:%Y-%m-%d}"))
    return sorted(rows)
