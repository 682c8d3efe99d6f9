"""Bring translation catalogues up to the sources, with what a translator sent."""

from __future__ import annotations

import json

from shellwright.recipe import (
    Check,
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Project,
    Recipe,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)

#: Message, then its translations in the order of LANGUAGES.
LANGUAGES = ("de", "fr", "es")
TEXTS: dict[str, tuple[str, str, str]] = {
    "No records found.": ("Keine Einträge gefunden.", "Aucun enregistrement trouvé.",
                          "No se encontraron registros."),
    "Cannot open %s": ("%s lässt sich nicht öffnen", "Impossible d'ouvrir %s",
                       "No se puede abrir %s"),
    "Done.": ("Fertig.", "Terminé.", "Listo."),
    "Line %d is too long": ("Zeile %d ist zu lang", "La ligne %d est trop longue",
                            "La línea %d es demasiado larga"),
    "Missing column %s": ("Spalte %s fehlt", "Colonne %s manquante", "Falta la columna %s"),
    "Too many groups": ("Zu viele Gruppen", "Trop de groupes", "Demasiados grupos"),
    "Not a number: %s": ("Keine Zahl: %s", "Pas un nombre : %s", "No es un número: %s"),
    "Out of memory": ("Zu wenig Speicher", "Mémoire insuffisante", "Memoria insuficiente"),
    "Reading %s": ("Lese %s", "Lecture de %s", "Leyendo %s"),
    "Empty line skipped": ("Leerzeile übersprungen", "Ligne vide ignorée", "Línea vacía omitida"),
}  # fmt: skip
TITLES = {
    "Group": ("Gruppe", "Groupe", "Grupo"),
    "Sum": ("Summe", "Somme", "Suma"),
    "Mean": ("Mittelwert", "Moyenne", "Media"),
    "Largest value": ("Größter Wert", "Plus grande valeur", "Valor máximo"),
}
PLURAL = ("%d record", "%d records")
PLURALS = (("%d Eintrag", "%d Einträge"), ("%d enregistrement", "%d enregistrements"),
           ("%d registro", "%d registros"))  # fmt: skip
RULES = ("nplurals=2; plural=(n != 1);", "nplurals=2; plural=(n > 1);",
         "nplurals=2; plural=(n != 1);")  # fmt: skip
SOURCE_HEAD = """#include <libintl.h>
#include <stdio.h>

#define _(text) gettext(text)
/* Marks a text that is translated where it is used. */
#define N_(text) text

static const char *const titles[] = {
"""


class UpdateMessageCatalogues(Recipe):
    """Catalogues hold the messages of the sources, a delivery is worked in, and all compile."""

    needs = (Pattern.of("project", condition=("stale", "sound"), build="make"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = (
        "ls", "cat", "xgettext", "msgfmt", "msggrep", "msgcat", "msgmerge", "msgattrib", "msginit",
        "msgunfmt", "mkdir", "sed", "sort", "grep", "mv", "tail",
    )  # fmt: skip
    packages = ("gettext",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Project)
        old, sent, fresh = draw.shuffled(LANGUAGES)
        rest = draw.shuffled(n for n in TEXTS if "%s" not in n)
        placed = draw.shuffled(n for n in TEXTS if "%s" in n)
        broken, gone, added = placed[0], [rest[0], placed[1]], [rest[1], placed[2], "Largest value"]
        better, unsure = rest[2], rest[3]
        now = [n for n in (*TEXTS, *TITLES) if n not in gone]
        before = [n for n in (*TEXTS, *TITLES) if n not in added]
        table = world.output(draw, ["translations", "translation_state", "languages"], ".csv")
        delivery = world.input(draw, [f"{sent}-update", f"from-translator-{sent}"], ".po")
        code = source.path + "/src/messages.c"
        pot = f"{source.path}/po/tally.pot"
        improved = _text(better, sent).rstrip(".") + draw.choice([" ...", "!", " (*)"])
        wanted: dict[str, dict[str, str]] = {
            old: {n: _text(n, old) for n in now if n not in (*added, unsure)},
            sent: {n: _text(n, sent) for n in now if n not in (added[0], unsure)}
            | {better: improved},
            fresh: {},
        }
        update = {n: _text(n, sent) for n in (*added[1:], gone[0])}
        update |= {better: improved, broken: _text(broken, sent).replace("%s", "").strip()}
        entries = [
            Entry(code, _source(now).encode()),
            *(
                Entry(
                    f"{source.path}/po/{language}.po",
                    _po(language, {n: _text(n, language) for n in before}, unsure).encode(),
                )
                for language in (old, sent)
            ),
            Entry(delivery, _po(sent, update, "", plural=False).encode()),
        ]
        rows = []
        total = len(now) + 1
        for language in sorted(wanted):
            found = len(wanted[language]) + (language != fresh)
            fuzzy = int(language != fresh)
            rows.append((language, str(found), str(fuzzy), str(total - found - fuzzy)))
        names = ("translated", "fuzzy", "untranslated")
        columns = [Column("language", "language"), *(Column(n, "count") for n in names)]
        result = summary(table, "state of the translations", columns, rows)
        at, there, got = quoted(source.path), quoted(table), quoted(delivery)
        files = "locale/LANG/LC_MESSAGES/tally.mo"
        flags = "--from-code=UTF-8 --keyword=_ --keyword=N_"
        merge = "msgmerge -q --no-fuzzy-matching"
        drop = f"msggrep -v --msgid -F -e {quoted(broken)}"
        return Move(
            focus=result,
            makes=[result],
            # What is mended in place is no input that has to stay as it was.
            removes=[f"{source.path}/po"],
            brings=entries,
            checks=_checks(source.path, wanted, now, unsure, fresh),
            request=[
                f"The messages of `src/messages.c` in `{source.path}` have changed and its "
                "translations have not. Extract all messages (`_`, `N_` and `ngettext` mark them) "
                f"into `{pot}`, and bring `po/{old}.po` and `po/{sent}.po` up to them: each holds "
                "exactly the messages of the source, known translations stay, nothing is "
                "guessed for new messages, nothing obsolete is kept, and what is marked fuzzy "
                f"stays so. The translator's delivery `{delivery}` goes into `po/{sent}.po` and "
                "wins over what is there, but a translation that lacks a placeholder of its "
                f"message is not taken. Start `po/{fresh}.po` for a new language, without "
                f"translations. Compile each to `{files}` below the folder (LANG is the language) "
                f"without fuzzy ones, and write the counts to `{table}`: CSV with the header "
                "`language,translated,fuzzy,untranslated`, sorted by language.",
                f"Please update the translations in `{source.path}`. `{pot}` has to list every "
                "message that `src/messages.c` marks with `_`, `N_` or `ngettext`. In "
                f"`po/{old}.po` and `po/{sent}.po` there must be just those: old translations are "
                "kept, fuzzy marks too, messages that are no longer used go, and new ones stay "
                f"empty instead of being filled with guesses. For `po/{sent}.po` our translator "
                f"has sent `{delivery}`, whose translations come first, except where one has lost "
                f"a placeholder; then the former one stays. `po/{fresh}.po` is new and starts "
                f"empty. From each make `{files}` in the project (LANG stands for the language), "
                f"leaving out fuzzy translations. Then count, in `{table}`, with the columns "
                "`language,translated,fuzzy,untranslated` and a row for each language, sorted.",
            ],
            steps=[
                look(
                    f"cd {at} && ls po && cat src/messages.c && tail -n 30 po/{sent}.po && "
                    f"msgfmt -c -o /dev/null {got}; cat {got}",
                    f"{source.path} has two catalogues, and a delivery for {sent}.",
                    "Read the source, see how texts are marked, and check the delivery.",
                    fails=True,
                ),
                do(
                    f"cd {at} && xgettext {flags} -o po/tally.pot src/messages.c && {drop} {got} "
                    f"-o /tmp/sent.po && msgcat --use-first /tmp/sent.po po/{sent}.po -o "
                    f"/tmp/both.po && mv /tmp/both.po po/{sent}.po && for l in {old} {sent}; do "
                    f"{merge} po/$l.po po/tally.pot -o /tmp/merged.po && msgattrib --no-obsolete "
                    "/tmp/merged.po -o po/$l.po; done",
                    f"N_ marks the titles, so it has to be named. In the delivery '{broken}' has "
                    "lost its %s and must not be used.",
                    "Extract, put the rest of the delivery first, merge without guesses.",
                    duration=1.0,
                ),
                do(
                    f"cd {at} && msginit --no-translator -l {fresh} -i po/tally.pot "
                    f"-o po/{fresh}.po 2> /tmp/init.log",
                    f"There is no catalogue for {fresh} yet.",
                    "Start one from the template, with the plural rule of the language.",
                ),
                do(
                    f"cd {at} && echo language,translated,fuzzy,untranslated > {there} && for l in "
                    f"{' '.join(sorted(wanted))}; do mkdir -p locale/$l/LC_MESSAGES && "
                    "LC_ALL=C msgfmt -c --statistics -o locale/$l/LC_MESSAGES/tally.mo po/$l.po "
                    "2> /tmp/counts; t=$(sed -nE 's/.*(^| )([0-9]+) translated.*/\\2/p' "
                    "/tmp/counts); f=$(sed -nE 's/.* ([0-9]+) fuzzy.*/\\1/p' /tmp/counts); "
                    "u=$(sed -nE 's/.* ([0-9]+) untranslated.*/\\1/p' /tmp/counts); "
                    f"echo $l,${{t:-0}},${{f:-0}},${{u:-0}} >> {there}; done",
                    "The plural message counts once, like every other.",
                    "Compile all three with checks and write down the counts.",
                ),
                look(
                    f"cd {at} && cat {there} && msgunfmt locale/{sent}/LC_MESSAGES/tally.mo | grep "
                    "^msgid | sort | tail -n 20",
                    f"'{unsure}' is fuzzy and must be missing from what was compiled.",
                    "Read the counts and what a compiled catalogue holds.",
                ),
            ],
            wrong=[
                Wrong(
                    "fuzzy translations were compiled",
                    command=f"cd {at} && msgfmt -f -o locale/{old}/LC_MESSAGES/tally.mo "
                    f"po/{old}.po",
                ),
                Wrong(
                    "titles were not extracted",
                    command=f"cd {at} && xgettext --from-code=UTF-8 -k_ -o po/tally.pot "
                    "src/messages.c",
                ),
                Wrong(
                    "obsolete messages are kept",
                    command=f"cd {at} && printf '\\n#~ msgid \"x\"\\n#~ msgstr \"y\"\\n' "
                    f">> po/{old}.po",
                ),
                Wrong(
                    "the delivery was taken as it was",
                    command=f"cd {at} && msgcat --use-first {got} po/{sent}.po -o /tmp/a.po && "
                    f"msgmerge -q -N /tmp/a.po po/tally.pot -o /tmp/b.po && msgattrib "
                    f"--no-obsolete /tmp/b.po -o po/{sent}.po && msgfmt -o "
                    f"locale/{sent}/LC_MESSAGES/tally.mo po/{sent}.po",
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=1,
                    command=f"msgfmt -c -o /tmp/trial.mo {got}",
                    symptom=r"format specifications|fatal error",
                    diagnosis="The delivery does not pass the check: one translation has lost its "
                    "placeholder.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"cd {at} && msgfmt -c --statistics -o /tmp/new.mo po/{fresh}.po",
                    symptom=r"No such file",
                    diagnosis="The new language has no catalogue yet; it has to be started from "
                    "the template.",
                ),
            ],
        )  # fmt: skip


def _text(message: str, language: str) -> str:
    """The translation of a message."""
    return {**TEXTS, **TITLES}[message][LANGUAGES.index(language)]


def _source(messages: list[str]) -> str:
    """A C file that marks the messages in three ways."""
    lines = [f'    N_("{name}"),\n' for name in messages if name in TITLES]
    lines += ["};\n\nconst char *title(int at)\n{\n    return gettext(titles[at]);\n}\n"]
    lines += ["\nvoid print_count(int count)\n{\n"]
    lines += [f'    printf(ngettext("{PLURAL[0]}", "{PLURAL[1]}", count), count);\n}}\n']
    for number, name in enumerate(n for n in messages if n not in TITLES):
        kind = {"%s": "const char *what", "%d": "int what"}.get(name[(at := name.find("%")) :][:2])
        given = ", what" if at >= 0 else ""
        lines.append(f"\nvoid say_{number}({kind or 'void'})\n{{\n")
        lines.append(f'    fprintf(stderr, _("{name}"){given});\n    fputs("\\n", stderr);\n}}\n')
    return SOURCE_HEAD + "".join(lines)


def _po(language: str, texts: dict[str, str], unsure: str, *, plural: bool = True) -> str:
    """A catalogue with these translations, one of them marked fuzzy."""
    place = LANGUAGES.index(language)
    out = (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: tally 1\\n"\n'
        '"PO-Revision-Date: 2025-10-06 09:00+0000\\n"\n"Last-Translator: Translation desk '
        f'<l10n@example.org>\\n"\n"Language-Team: none\\n"\n"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {RULES[place]}\\n"\n'
    )
    for name, text in texts.items():
        marks = ["fuzzy"] * (name == unsure) + ["c-format"] * ("%" in name)
        out += "\n" + (f"#, {', '.join(marks)}\n" if marks else "")
        out += f'msgid "{name}"\nmsgstr "{text}"\n'
    if plural:
        out += f'\n#, c-format\nmsgid "{PLURAL[0]}"\nmsgid_plural "{PLURAL[1]}"\n'
        out += "".join(f'msgstr[{n}] "{text}"\n' for n, text in enumerate(PLURALS[place]))
    return out


READ = """python3 -I - <<'PY'
import gettext, json
for name in {names}:
    with open(f"{root}/locale/{{name}}/LC_MESSAGES/tally.mo", "rb") as stream:
        found = gettext.GNUTranslations(stream)
    texts = {{str(key): text for key, text in found._catalog.items() if key}}
    print(name, json.dumps(texts, sort_keys=True))
PY
"""


def _checks(
    root: str,
    wanted: dict[str, dict[str, str]],
    now: list[str],
    unsure: str,
    fresh: str,
) -> list[Check]:
    """What the compiled catalogues say, and what the sources of them hold."""
    names = sorted(wanted)
    compiled, listed = "", ""
    ids = sorted(["", PLURAL[0], *now])
    quoted_ids = "".join(f'"{name}"\n' for name in ids)
    for name in names:
        texts = dict(wanted[name])
        if name != fresh:
            forms = enumerate(PLURALS[LANGUAGES.index(name)])
            texts |= {str((PLURAL[0], number)): text for number, text in forms}
        compiled += f"{name} {json.dumps(texts, sort_keys=True)}\n"
        listed += quoted_ids + "0\n" + (f'"{unsure}"\n' if name != fresh else "")
    ask = "sed -n 's/^msgid //p'"
    return [
        shell_prints(
            READ.format(names=names, root=root),
            compiled,
            about=f"The compiled catalogues below {root} hold the expected translations.",
            paths=[f"{root}/locale"],
            key="compiled",
            weight=3.0,
        ),
        shell_prints(
            f"cd {quoted(root)}/po\nfor l in {' '.join(names)}; do "
            f"msgcat --no-wrap -s $l.po | {ask}; grep -c '^#~' $l.po || true; "
            f"msgattrib --only-fuzzy --no-obsolete --no-wrap -s $l.po | {ask} | sed 1d; done\n",
            listed,
            about=f"The catalogues in {root}/po hold just the messages of the source.",
            paths=[f"{root}/po"],
            key="messages",
            weight=2.0,
        ),
        shell_prints(
            f"msgcat --no-wrap -s {quoted(root)}/po/tally.pot | {ask}\n",
            quoted_ids,
            about=f"{root}/po/tally.pot lists all messages.",
            paths=[f"{root}/po/tally.pot"],
            key="template",
        ),
    ]
