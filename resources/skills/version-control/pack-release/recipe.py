"""Pack a release as an archive."""

from __future__ import annotations

from shellwright.recipe import (
    Archive,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Repository,
    Tree,
    TreeFile,
    World,
    do,
    look,
    quoted,
)


class PackRelease(Recipe):
    """The files of a tag lie in an archive below one folder."""

    needs = (Pattern.of("repository", condition="clean"),)
    gives = (Pattern.of("archive", format="tar.gz", holds="tree", origin="made"),)
    tools = ("git", "tar")
    packages = ("git",)

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Repository)
        tag, position = draw.choice(source.tags)
        name = f"{world.theme.key}-register-{tag.removeprefix('v')}"
        target = world.output(draw, [name], ".tar.gz")
        root = target.rpartition("/")[0]

        def packed(number: int, folder: str) -> Archive:
            files = tuple(
                sorted(
                    TreeFile(f.name, f.content, 0o775 if f.executable else 0o664)
                    for f in source.revisions[number].files
                )
            )
            tree = Tree(path=f"{root}/{folder}", noun=f"files of release {tag}", files=files)
            return Archive(
                path=target, noun=f"release {tag}", payload=tree, root=root, origin="made"
            )

        result = packed(position, name)
        git, there = f"git -C {quoted(source.path)}", quoted(target)
        last = dict(source.branches)["main"]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Pack release `{tag}` of `{source.path}` for somebody without git: `{target}`, a "
                f"gzipped tar with all files of that tag below the folder `{name}/`, nothing of "
                "the history and nothing that is newer.",
                f"Please make `{target}` (tar, gzipped) from the tag `{tag}` of `{source.path}`. "
                f"Inside, everything sits below one folder `{name}/`; only the files that the tag "
                "contains, without any git metadata.",
            ],
            steps=[
                look(
                    f"{git} tag; {git} ls-tree -r --name-only {tag}",
                    f"The files of {tag} are to be handed over as an archive.",
                    "Make sure that the tag exists and see what it holds.",
                ),
                do(
                    f"{git} archive --format=tar.gz --prefix={name}/ -o {there} {tag}",
                    f"What {tag} holds is to be packed, not what lies in the work tree.",
                    f"Write them below {name}/ into a gzipped tar.",
                ),
                look(
                    f"tar -tzf {there}",
                    "The archive should list the same files below one folder.",
                    "List its members.",
                ),
            ],
            wrong=[
                *(
                    packed(last, name).as_wrong("packed from main instead of the tag")
                    if source.revisions[last].files != source.revisions[position].files
                    else []
                ),
                *packed(position, world.theme.key).as_wrong("another top folder"),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"{git} export --tag {tag} {there}",
                    symptom=r"'export' is not a git command",
                    diagnosis="The subcommand that exports a tree is called archive.",
                ),
            ],
        )
