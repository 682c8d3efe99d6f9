"""Responses as models write them, good and bad, written by hand and drawn."""

import json
from typing import Any

from hypothesis import strategies as st

GOOD = {
    "analysis": "The folder is empty.",
    "plan": "List it.",
    "commands": [{"keystrokes": "ls -la\n", "duration": 0.1}],
}


def written(**changes: Any) -> str:
    """A good response with some fields changed; a field set to ... is left out."""
    fields = {**GOOD, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...})


RESPONSES = [
    "",
    "I am not sure what to do.",
    "{}",
    "[]",
    "null",
    written(),
    written(analysis=...),
    written(plan=..., commands=...),
    written(analysis=3, plan=None),
    written(analysis=3, commands="ls"),
    written(commands=None),
    written(commands={}),
    written(commands=[]),
    written(commands=["ls"]),
    written(commands=[{}]),
    written(commands=[{"duration": 1}]),
    written(commands=[{"keystrokes": 5}]),
    written(commands=[{"keystrokes": "ls\n"}]),
    written(commands=[{"keystrokes": "ls\n", "duration": "long"}]),
    written(commands=[{"keystrokes": "ls\n", "duration": True}]),
    written(commands=[{"keystrokes": "ls\n", "duration": 600}]),
    written(commands=[{"keystrokes": "ls\n", "duration": 1, "timeout": 3}]),
    written(commands=[{"keystrokes": "ls", "duration": 1}, {"keystrokes": "pwd", "duration": 1}]),
    written(commands=[{"keystrokes": "", "duration": 1}, {"keystrokes": "C-c", "duration": 1}]),
    written(commands=[{"keystrokes": "ls"}, {"keystrokes": "b\n", "duration": None}, 3]),
    written(task_complete=True),
    written(task_complete=False),
    written(task_complete="Yes"),
    written(task_complete="no"),
    written(task_complete=1),
    written(task_complete=[]),
    written(task_complete=None),
    written(task_complete=True, commands=[{"keystrokes": 1}]),
    written(task_complete=True, commands=[{"keystrokes": "a", "duration": 1}, "b"]),
    written(thoughts="extra field"),
    json.dumps(dict(reversed(GOOD.items()))),
    json.dumps({"plan": "p", "analysis": "a", "commands": []}),
    '{"analysis": "a", "plan": "the \\"commands\\": field", "commands": []}',
    '{"commands": [], "analysis": "a", "plan": "p", "commands": []}',
    f"Here you go:\n{written()}",
    f"{written()}\nThat should do it.",
    f"```json\n{written()}\n```",
    f"<think>maybe {{x}}</think>{written()}",
    f'<think>an odd " mark</think>{written()}',
    f"<think>it's \\ fine</think>\n{written()}",
    f"}} {written()}",
    f"{{ {written()}",
    written()[:-1],
    written()[:-3],
    written()[:40],
    written(commands=[])[:-1] + ",",
    written(commands=[])[:-1] + " oops",
    '{"analysis": "a", "plan": "p", "commands": [{"keystrokes": "echo {x}\\n", "duration": 1}]',
    '{"analysis": "a", "plan": "p", "commands": [{"keystrokes": "}\\n", "duration": 1}]}',
    '{"analysis": "a" "plan": "p", "commands": []} or rather ' + written(commands=[]),
    '{"analysis": "tab\there", "plan": "p", "commands": []}',
    "{'analysis': 'a', 'plan': 'p', 'commands': []}",
    '{"analysis": "a", "plan": "p", "commands": [],}',
    '{"analysis": "ä → ü", "plan": "\\ud83d\\ude00", "commands": []}',
    "{" * 50 + "}" * 49,
    "x" * 300 + '{"analysis": ' + "y" * 300 + "}",
]

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_number = st.integers(0, 100) | st.floats(0, 100)
_keys = st.text(max_size=12) | st.sampled_from(["ls\n", "", "C-c", "echo {x}\n"])
_command = st.fixed_dictionaries(
    {"keystrokes": _keys}, optional={"duration": _number, "extra": _json}
)
_loose_command = _json | st.fixed_dictionaries(
    {}, optional={"keystrokes": _keys | _json, "duration": _json, "extra": _json}
)
_said = st.text(max_size=20)
_tidy = st.fixed_dictionaries(
    {"analysis": _said, "plan": _said, "commands": st.lists(_command, max_size=3)},
    optional={"task_complete": st.booleans() | st.sampled_from(["true", "TRUE", "yes", "0"])},
)
_untidy = st.fixed_dictionaries(
    {
        "analysis": _said | _json,
        "plan": _said | _json,
        "commands": st.lists(_command | _loose_command, max_size=3) | _json,
    },
    optional={"task_complete": _json, "note": _json},
)
_partial = st.fixed_dictionaries(
    {}, optional={"analysis": _said, "plan": _said, "commands": st.just([]), "note": _json}
)
objects = st.one_of(_tidy, _tidy, _untidy, _untidy, _partial)


@st.composite
def responses(draw: st.DrawFn) -> str:
    """A response that is a little or thoroughly broken."""
    items = list(draw(objects).items())
    if draw(st.integers(0, 3)) == 0:
        items = draw(st.permutations(items))
    text = json.dumps(dict(items), ensure_ascii=draw(st.booleans()))
    if draw(st.integers(0, 2)) == 0:
        noise = st.text(alphabet="{}[]\",:\\'\n abc", max_size=6)
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(noise) + text[place + draw(st.integers(0, 3)) :]
    if draw(st.integers(0, 2)) == 0:
        text = draw(st.text(max_size=10)) + text + draw(st.text(max_size=10))
    return text
