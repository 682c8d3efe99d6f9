"""The two sides of a skill, and what tells them apart: edited, new, or checked things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shellwright.skills.document import Document
from shellwright.skills.scenarios.changes import checked, edited, written
from shellwright.skills.scenarios.formats import Artifact
from shellwright.skills.scenarios.stated import described
from shellwright.skills.scenarios.tasks import says_it_checks, says_it_edits, says_it_makes
from shellwright.skills.scenarios.vocabulary import State

#: Kinds that are edited where a skill reads and writes them; another JSON file comes of the first.
_EDITED = frozenset({"audio", "document", "image", "page", "table", "video"})
#: What is checked, and in this order, rather than the files that tell how.
_CHECKED = ("tree", "repository", "project", "program", "script", "page", "settings", "document")

Key = tuple[str, State]


@dataclass
class Side:
    """What was found on one side: how often, first where, and by which words. `new` is what was
    made of nothing, `turned` what was made of other things alone, `paths` the files that are known
    by name."""

    weight: dict[Key, float] = field(default_factory=dict)
    evidence: dict[Key, str] = field(default_factory=dict)
    new: set[Key] = field(default_factory=set)
    turned: set[Key] = field(default_factory=set)
    paths: dict[Key, set[str]] = field(default_factory=dict)

    def add(self, key: Key, weight: float, evidence: str, path: str = "") -> None:
        """Add one finding, the file's path with it where one is known."""
        self.paths.setdefault(key, set()).add(path)
        self.weight[key] = self.weight.get(key, 0.0) + weight
        self.evidence.setdefault(key, evidence)


def tell_changes(document: Document, pre: Side, post: Side) -> None:
    """Tell apart what is there before and after in one state.

    What was turned into it from other things stands on both sides: each is a way to begin, or to
    end. A file that is both read and written has been edited, and stays as new where the skill says
    that it makes such things; another file of the same form is a new one. The rest is unchanged,
    and no outcome where there is another.
    """
    unchanged = dict(post.weight)
    worked_on = {each.artifact.scenario for each in described(document)[0]}
    for key in [key for key in post.weight if key in pre.weight]:
        turned = key in post.turned
        told = [] if turned else list(_becomes(key, document, pre, post))
        # A new file beside the first is told as that: "newly written".
        stays = turned or (
            bool(told)
            and all("written" not in dict(each.state).values() for each in told)
            and _is_edited(key)
            and says_it_makes(document)
        )
        if turned and key in worked_on and says_it_edits(document):
            told += filter(None, [edited(Artifact(*key))])
        for after in told:
            post.add(after.scenario, post.weight[key], post.evidence[key])
        if not stays:
            del post.weight[key]
    post.weight = post.weight or unchanged


def _becomes(key: Key, document: Document, pre: Side, post: Side) -> Iterator[Artifact]:
    """What has become of something that is there before and was made by itself as well."""
    if key not in post.new:
        return
    was, made = _names(pre.paths[key]), _names(post.paths[key])
    other = bool(was and made) and not was & made
    found = [written(Artifact(*key))] if other else []
    if was & made or (_is_edited(key) and (not other or says_it_edits(document))):
        found.append(edited(Artifact(*key)))
    yield from (each for each in found if each is not None)


def _names(paths: Iterable[str]) -> set[str]:
    """The names of files: another folder in front is mostly another way to say where it is."""
    return {path.rpartition("/")[2] for path in paths} - {""}


def _is_edited(key: Key) -> bool:
    return key[0] in _EDITED and ("format", "json") not in key[1]


def add_checked(document: Document, pre: Side, post: Side, weight: float) -> None:
    """Add that the thing has been checked, where a skill that reports says so."""
    reports = [kind for kind, _ in post.weight if kind == "report"]
    words = says_it_checks(document, first=len(reports) < len(post.weight))
    if not words or not reports:
        return
    for kind, state in (key for kind in _CHECKED for key in pre.weight if key[0] == kind):
        # Data in JSON and settings mostly say how to check, or what was found.
        aside = ("format", "json") in state or kind == "settings"
        after = None if aside and "config" not in words.lower() else checked(kind, state)
        if after is not None:
            post.add((kind, after), weight, words)
            return
