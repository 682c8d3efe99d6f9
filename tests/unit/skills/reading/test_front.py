"""Front matter, valid and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.reading.front import license_of, read_front, requirements, split_front


def front(text: str) -> dict[str, object]:
    return read_front(text)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("license: MIT", "MIT"),
        ("licence: MIT", "MIT"),
        ("metadata: {license: GPL-3.0}", "GPL-3.0"),
        ("license: MIT\nmetadata: {license: MIT}", "MIT"),
        ("license: MIT\nmetadata: {licence: GPL-3.0}", "MIT, but GPL-3.0"),
        ("license: MIT\nlicense: Proprietary", "MIT, but Proprietary"),
        ("license: MIT\nlicense: MIT\nlicense: MIT", "MIT"),
        ("license: MIT\nLicence: Proprietary", "MIT, but Proprietary"),
        ("license: MIT\nbroken: [\nlicense: Proprietary", "MIT, but Proprietary"),
        ('{"license": "MIT",\t"license": "Proprietary"}', "MIT, but Proprietary"),
        ("License: Proprietary", "Proprietary"),
        ("license: [MIT]", "MIT"),
        ("license: {type: MIT}", "{'type': 'MIT'}"),
        ("license: null\nmetadata: text", ""),
    ],
)
def test_the_licence_stands_at_the_top_or_below_metadata(text: str, said: str) -> None:
    assert license_of(front(text)) == said


def test_valid_front_matter_has_no_problems() -> None:
    raw, body, problems = split_front("---\nname: a\n---\n# A\n")
    assert (raw, body, problems) == ("name: a", "# A\n", ())


def test_a_text_without_front_matter_is_all_body() -> None:
    assert split_front("# A\n\n---\n\nb\n") == (None, "# A\n\n---\n\nb\n", ("front matter: none",))
    assert split_front("---\n\nWords.\n\n---\n")[0] is None
    assert split_front("")[0] is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Hi\n---\nname: a\n---\nb", "front matter: text above it"),
        ("\n---\nname: a\n---\nb", "front matter: empty lines above it"),
        ("name: a\n---\nb", "front matter: no --- above it"),
        ("---\nname: a\n\nb", "front matter: no --- below it"),
    ],
)
def test_misplaced_front_matter_is_found(text: str, problem: str) -> None:
    raw, body, problems = split_front(text)
    assert raw == "name: a"
    assert body.strip().endswith("b")
    assert problems == (problem,)


JSON = '{\n"name": "a",\n"version": 1.10,\n"metadata": {"openclaw": {"os": ["linux"]}}\n}'
READ = {"name": "a", "version": "1.10", "metadata": {"openclaw": {"os": ["linux"]}}}


@pytest.mark.parametrize("json", [JSON, JSON.replace("\n", "\n\t").replace("\t}", "}")])
def test_json_is_read(json: str) -> None:
    raw, body, problems = split_front(f"---\n{json}\n---\n# A\n")
    assert raw is not None
    assert (body, problems) == ("# A\n", ())
    read, wrong = read_front(raw)
    assert read == READ
    assert all("read as JSON" in each for each in wrong) and bool(wrong) == ("\t" in json)


def test_a_text_in_braces_is_no_json() -> None:
    assert split_front("---\n{{ title }}\n---\n# A\n")[0] is None


def test_toml_is_read_and_named() -> None:
    values = 'name = "a"\nversion = 1.10\nday = 2026-01-02\non = true\n'
    toml = values + '[metadata.openclaw]\nos = ["linux"]'
    raw, body, problems = split_front(f"+++\n{toml}\n+++\n# A\n")
    assert raw is not None
    assert (body, problems) == ("# A\n", ("front matter: TOML and not YAML",))
    assert read_front(raw) == ({**READ, "day": "2026-01-02", "on": "true"}, ())


@pytest.mark.parametrize("toml", ["name = ", "a = " + "[" * 5000, ".".join("a" * 5000) + " = 1"])
def test_broken_toml_is_reported(toml: str) -> None:
    raw, _, _ = split_front(f"+++\n{toml}\n+++\nb")
    assert raw is not None
    read, (problem,) = read_front(raw)
    assert read == {}
    assert problem.startswith("front matter: not valid TOML: ")


def test_toml_without_an_end_is_all_body() -> None:
    text = "+++\nname = 'a'\n# A\n"
    assert split_front(text) == (None, text, ("front matter: no +++ below it; not read",))


def test_values_stay_as_they_are_written() -> None:
    text = "version: 1.10\ndate: 2026-01-02\non: yes\nempty:\nlist: [1, a]"
    expected = {
        "version": "1.10",
        "date": "2026-01-02",
        "on": "yes",
        "empty": "",
        "list": ["1", "a"],
    }
    assert read_front(text) == (expected, ())


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("name: a\ndescription: Do this: and that", "Do this: and that"),
        ('name: a\ndescription: "unclosed', "unclosed"),
        ("name: a\ndescription: x: y\n  and more", "x: y and more"),
        ("name: a\ndescription: |\n  one\n\ttwo", "one two"),
        ("name: a\ndescription: @x", "@x"),
    ],
)
def test_broken_yaml_is_read_line_by_line(text: str, description: str) -> None:
    read, problems = read_front(text)
    assert read == {"name": "a", "description": description}
    assert len(problems) == 1 and problems[0].endswith("; read line by line")


def test_valid_yaml_that_is_not_followed_is_not_called_invalid() -> None:
    read, problems = read_front("base: &b {a: x}\nname: a\nmore:\n  <<: *b\ndescription: c")
    assert (read["name"], read["description"]) == ("a", "c")
    assert problems == ("front matter: has a YAML alias, which is not followed; read line by line",)


def test_metadata_survives_a_broken_description() -> None:
    text = 'description: a: b\nmetadata: {"openclaw": {"requires": {"bins": ["jq"]}}}\n'
    assert requirements(front(text)).bins == ("jq",)
    text = "description: a: b\nmetadata:\n  clawdbot:\n    requires:\n      bins: [jq]\n"
    assert requirements(front(text)).bins == ("jq",)


def test_of_two_values_for_a_key_the_first_one_counts() -> None:
    read, problems = read_front("name: a\nname: b")
    assert read == {"name": "a"}
    assert problems == ("front matter: name is given twice; the first one counts",)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1, 1]\nb: [*x, *x]\nname: q",
        "name: q\na: " + "[" * 10_000,
        "name: q\na: " + "{a: " * 1000,
        "name: q\nb: [" + "a, " * 20_000 + "]",
    ],
)
def test_bombs_do_not_go_off(text: str) -> None:
    read, problems = read_front(text)
    assert read["name"] == "q"
    assert problems


@pytest.mark.parametrize("alias", ["openclaw", "clawdbot", "clawdis", "moltbot", "clawdhub"])
def test_requirements_under_every_name_of_the_extension(alias: str) -> None:
    needs = requirements(
        front(
            f'metadata: {{"{alias}": {{"os": "Linux", "primaryEnv": "KEY", "requires": '
            '{"bins": ["jq", "jq"], "anyBins": ["rg", "grep"], "env": ["A"], "config": ["x.y"]}, '
            '"install": [{"kind": "brew", "formula": "jq"}, {"kind": "node", "package": "p"}]}}'
        )
    )
    assert needs.bins == ("jq",)
    assert needs.any_bins == ("rg", "grep")
    assert needs.env == ("A", "KEY")
    assert needs.config == ("x.y",)
    assert needs.os == ("linux",)
    assert needs.installs == ("brew:jq", "node:p")


@pytest.mark.parametrize(
    "text",
    [
        'metadata: \'{"openclaw":{"requires":{"bins":["jq"]}}}\'',
        'metadata:\n  {\n    "openclaw": {"requires": {"bins": ["jq"]},},\n  }',
        'metadata: {\n"openclaw": {"requires": {"bins": "jq"}}\n}',
        "metadata:\n  openclaw: {requires: {bins: [jq]}}",
        "requires:\n  bins:\n    - name: jq\n",
    ],
)
def test_requirements_in_every_notation(text: str) -> None:
    assert requirements(front(text)).bins == ("jq",)


@pytest.mark.parametrize(
    "text",
    [
        "requires: {env: [A, B]}",
        "requires: {requiredEnv: [A, B]}",
        "config: {requiredEnv: [A, B], optionalEnv: [C]}",
        "required_env: [A, B]",
        "env: [A, {name: B, required: true}, {name: C, required: false}]",
        "env: {A: the first, B: {required: true}, C: {required: false}}",
        "secrets: [A]\n    primaryEnv: B",
        "envVars: [{name: A}, {name: B, required: yes}]\n    optionalEnv: [C]",
    ],
)
def test_required_settings_of_the_environment_by_every_name(text: str) -> None:
    assert requirements(front(f"metadata:\n  openclaw:\n    {text}")).env == ("A", "B")
    assert requirements(front(text.replace("    ", ""))).env == ("A", "B")


def test_metadata_of_another_type_is_dropped() -> None:
    read, problems = read_front("metadata: [1]\nname: a")
    assert (read, problems) == ({"name": "a"}, ("metadata: not a mapping; dropped",))


def test_halves_of_characters_are_put_together() -> None:
    assert front('emoji: "\\ud83d\\ude00"') == {"emoji": "😀"}


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    raw, _, _ = split_front("---\n" + text)
    read, _ = read_front(raw or text)
    requirements(read)
    str(read).encode()


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("!!python/object/apply:os.system", "!!python/object/apply:os.system"),
        ("!env", "!env"),
    ],
)
def test_a_tag_is_not_followed_and_is_named(tag: str, name: str) -> None:
    front, problems = read_front(f"description: {tag} [ls, -l]\nname: !!str a\n")
    assert front == {"description": ["ls", "-l"], "name": "a"}
    assert problems[0] == f"front matter: the YAML tag {name} is not followed"


def test_a_list_is_no_front_matter_and_is_said_to_be_one() -> None:
    text = "---\n- name\n- description\n---\n# Title\n"
    assert split_front(text) == (
        None,
        text,
        ("front matter: a list and not keys with values; not read",),
    )
