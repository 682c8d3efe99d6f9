"""Ask a model the questions of the rubric about one task."""

from functools import cache
from pathlib import Path
from typing import Any

from shellwright.rubric.criteria import CRITERIA, SHAPE, Score
from shellwright.rubric.material import Material
from shellwright.teacher.openai.interface import ShapedClient
from shellwright.teacher.openai.prompts import Prompt, load_prompt
from shellwright.teacher.openai.structured import Question, ask_structured, version
from shellwright.teacher.openai.untrusted import QUOTE_CHARS, line, quotation

PURPOSE = "judge_task"
_PROMPTS = Path(__file__).with_name("prompts")


@cache
def rubric_prompt() -> Prompt:
    """Return the prompt of the rubric."""
    return load_prompt("judge", _PROMPTS)


def rubric_version() -> str:
    """Return the version of all prompt text behind a score, for the key of the item."""
    return version(rubric_prompt())


def question(shown: Material) -> Question:
    """Return what is asked about a task.

    An answer can be used when each quote stands where its criterion wants it to.
    """
    prompt = rubric_prompt()
    sources = {"instruction": shown.instruction.text, "tests": shown.tests.text}

    def check(answer: dict[str, Any]) -> list[str]:
        problems = []
        for criterion in CRITERIA:
            wrong = quotation(answer[criterion.name]["quote"], sources[criterion.source])
            if wrong is not None:
                problems.append(f"{criterion.name} (quote from the {criterion.source}): {wrong}")
        return problems

    return Question(
        system=prompt.fill("system"),
        user=prompt.fill(
            "user",
            instruction_mark=shown.instruction.mark,
            instruction=str(shown.instruction),
            tests_mark=shown.tests.mark,
            tests=str(shown.tests),
            environment_mark=shown.environment.mark,
            environment=str(shown.environment),
            user=shown.user,
        ),
        shape=SHAPE,
        purpose=PURPOSE,
        prompt_version=rubric_version(),
        check=check,
    )


def judge_task(asked: Question, client: ShapedClient, attempts: int) -> list[Score]:
    """Return the model's scores, in the order of `CRITERIA`.

    Raises NoUsableAnswer when none of `attempts` answers can be used, and what the client raises.
    """
    answer = ask_structured(asked, client, attempts)
    return [
        Score(
            criterion.name,
            answer[criterion.name]["score"],
            line(answer[criterion.name]["reason"]),
            line(answer[criterion.name]["quote"], QUOTE_CHARS),
        )
        for criterion in CRITERIA
    ]
