"""Assertions that nothing makes run: over an empty folder, or below a file that is missing."""

import pytest
from tests.support import verify_tasks as tasks

IMPORTS = "import glob\nimport os\nfrom pathlib import Path\n\n\n"
HERE = "OUT = Path('/app/output')\n\n\n"
OTHER = "def test_n():\n    assert open('/app/n').read() == '4\\n'\n\n\n"
IS_FOUR = "    assert open('/app/n').read() == '4'\n"
IS_FIVE = "    assert open('/app/n').read() == '5'\n"
GOES = "        assert path.read_text() == 'x'\n"
FOLDER = "vacuous-test: test_v only asserts for each file of /app/output, if there is one"
MISSING = "tests-left-out: asks whether /tests/expected/n.csv is there"


def told(source: str, **files: str) -> list[str]:
    more: dict[str, str | None] = {f"tests/{k.replace('__', '/')}": v for k, v in files.items()}
    named = HERE if "OUT" in source else ""
    row = tasks.foreign("idle", IMPORTS + named + OTHER + source, files=more)
    return tasks.findings(row)


@pytest.mark.parametrize(
    "body",
    [
        f"    for path in Path('/app/output').glob('*.txt'):\n{GOES}",
        f"    for path in OUT.rglob('*.txt'):\n{GOES}",
        f"    files = sorted(OUT.iterdir())\n    for path in files:\n{GOES}",
        f"    for path in map(Path, ()):\n        pass\n    for path in OUT.glob('*'):\n{GOES}",
        "    for name in os.listdir('/app/output'):\n        assert name == 'x'\n",
        "    for name in glob.glob('/app/output/*.txt'):\n        assert name == 'x'\n",
    ],
)
def test_files_of_which_there_may_be_none(body: str) -> None:
    assert told(f"def test_v():\n{body}") == [FOLDER]


@pytest.mark.parametrize(
    "source",
    [
        f"def test_v():\n    ls = [*OUT.iterdir()]\n    assert ls\n    for path in ls:\n{GOES}",
        f"def test_v():\n    for path in OUT.iterdir():\n{GOES}{IS_FOUR}",
        f"def test_v():\n    for path in Path('/app/in').glob('*.txt'):\n{GOES}",  # the task's
        f"def test_v():\n    for path in Path('out').glob('*.txt'):\n{GOES}",
        f"def test_v(tmp_path):\n    for path in tmp_path.glob('*.txt'):\n{GOES}",
        f"def test_v():\n    for path in OUT.glob('*'):\n{GOES}\n\n"
        "def test_w():\n    assert (OUT / 'a').read_text() == 'x'\n",
        f"def test_v():\n    for path in OUT.glob('*'):\n{GOES}\n\n"
        "def test_w():\n    assert open('/app/output/a').read() == 'x'\n",
        "def test_v():\n    for path in OUT.glob('*.tmp'):\n        assert False, path\n",
        "def test_v():\n    for p in OUT.glob('*'):\n        assert not p.name.endswith('.tmp')\n",
        "def test_v():\n    for p in OUT.glob('*'):\n        assert 'key' not in p.read_text()\n",
        "def test_v():\n    for p in OUT.glob('*'):\n        assert p.suffix != '.lock'\n",
        f"def test_v():\n    for path in OUT.glob('*'):\n{GOES}\n\n"
        "def test_w():\n    os.chdir('/app')\n    assert os.listdir('output') == ['a']\n",
        "def test_v():\n    for path in OUT.glob('*.tmp'):\n        raise AssertionError(path)\n",
        "def look():\n    assert open('/app/n').read() == '4'\n\n\n"
        f"def test_v():\n    look()\n    for path in OUT.glob('*'):\n{GOES}",
    ],
)
def test_files_that_something_else_tells_of(source: str) -> None:
    assert not [text for text in told(source) if text == FOLDER]


@pytest.mark.parametrize(
    "body",
    [
        "    if wanted.exists():\n        assert open('/app/n').read() == wanted.read_text()\n",
        f"    if not os.path.isfile(wanted):\n        return\n{IS_FIVE}",
        "    if wanted.is_file() and OUT:\n        assert open('/app/n').read() == '5'\n",
    ],
)
def test_a_file_of_the_tests_that_is_missing(body: str) -> None:
    source = f"def test_v():\n    wanted = Path('/tests/expected/n.csv')\n{body}"
    assert [text for text in told(source) if text.startswith(MISSING)]
    assert told(source, **{"expected__n.csv": "5"}) == []


@pytest.mark.parametrize(
    "line",
    [
        "shutil.copy('/app/n', '/tests/work/copied.txt')",
        "open('/tests/work/copied.txt', 'w').write('4')",
        "subprocess.run(['cp', '/app/n', '/tests/work/copied.txt'], check=True)",
        "subprocess.run('cp /app/n /tests/work/copied.txt', shell=True, check=True)",
        "(Path('/tests/work') / 'copied.txt').write_text('4')",
    ],
)
def test_a_file_that_the_tests_make(line: str) -> None:
    asks = f"    if os.path.exists('/tests/work/copied.txt'):\n    {IS_FOUR}"
    reads = "def test_v():\n    open('/tests/work/copied.txt').read()\n"
    assert [text for text in told(reads + asks) if text.startswith("tests-left-out")]
    assert told(f"import shutil\nimport subprocess\ndef test_v():\n    {line}\n{asks}") == []


def test_folders_beyond_the_first_are_not_looked_at() -> None:
    loops = (
        f"def test_{i}():\n    for name in os.listdir('/app/d{i}'):\n        assert name == 'x'\n"
        for i in range(60)
    )
    assert len(told("\n".join(loops))) == 50


@pytest.mark.parametrize(
    "body",
    [
        "    if Path('/tests/other').exists():\n        return json.load(open('/tests/other'))\n"
        f"{IS_FOUR}",
        "    if Path('/app/n').exists():\n        assert open('/app/n').read() == '4'\n",
        "    for n in 'ab':\n        if Path(f'/tests/expected/{n}').exists():\n"
        "            assert open('/app/n').read() == n\n",
        "    if not Path('/tests/cache').exists():\n        Path('/tests/cache').mkdir()\n"
        "        assert open('/app/n').read() == '4'\n",
        f"    if Path('/tests/x').exists():\n        print('x')\n{IS_FOUR}",
        "    if Path('/tests/expected').is_dir():\n        assert open('/app/n').read() == '4'\n",
    ],
)
def test_a_file_that_may_be_there(body: str) -> None:
    assert told(f"def test_v():\n{body}") == []
