"""Programs of several modules that start where there is no file of them."""

import json
import subprocess
import sys
from pathlib import Path

from shellwright.sandbox.channel import BOOT, MODULES
from shellwright.sandbox.guest.wire import FRAME
from shellwright.sandbox.program import program

GUEST = Path(__file__).parents[3] / "scripts" / "shellwright" / "sandbox" / "guest"


def test_modules_import_each_other_and_the_last_one_runs(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("QUOTED = \"'ä\\n'\"\n", "utf-8")
    text = "import sys\n\nfrom .words import QUOTED\n\n\ndef main():\n"
    (tmp_path / "asks.py").write_text(text + "    print(QUOTED + sys.stdin.read())\n", "utf-8")
    argv = [sys.executable, "-I", "-c", program(tmp_path, ["words", "asks"])]
    done = subprocess.run(argv, input="told", capture_output=True, text=True, check=True)
    assert done.stdout == "'ä\n'told\n"


def test_the_supervisor_starts_from_what_it_is_sent_and_answers() -> None:
    text, request = program(GUEST, MODULES).encode(), json.dumps({"op": "unknown"}).encode()
    sent = len(text).to_bytes(8, "big") + text + FRAME.pack(len(request), 0) + request
    argv = [sys.executable, "-I", "-B", "-c", BOOT]
    done = subprocess.run(argv, input=sent, capture_output=True, check=True)
    reply = json.loads(done.stdout[FRAME.size :])
    assert reply["error"] == "broken" and "KeyError: 'unknown'" in reply["message"]
