"""Runs in Harbor's own environment: shows what Harbor makes of given cases.

Reads JSON {"what": ..., "cases": [...]} from stdin, writes a JSON list, one result per case:
parse: response -> what the Terminus-2 parser gives
loop: {template places, responses, captures} -> prompt, observations and number of turns
atif: document -> the validator's errors
export: document -> the conversation that Harbor's exporter makes of it
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["HARBOR_TELEMETRY"] = "0"


def parse(response: str) -> Any:
    """What the parser gives, its exception included."""
    from harbor.agents.terminus_2.terminus_json_plain_parser import TerminusJSONPlainParser

    try:
        result = TerminusJSONPlainParser().parse_response(response)
    except (ValueError, OverflowError, RecursionError) as error:
        return {"raised": type(error).__name__}
    return {
        "commands": [[one.keystrokes, min(one.duration, 60)] for one in result.commands],
        "task_complete": bool(result.is_task_complete),
        "error": result.error,
        "warning": result.warning,
    }


def loop(case: dict[str, Any]) -> Any:
    """What the agent loop shows for scripted responses and captures of the terminal."""
    from harbor.agents.terminus_2.terminus_2 import Terminus2
    from harbor.agents.terminus_2.tmux_session import TmuxSession
    from harbor.llms.base import LLMResponse
    from harbor.models.agent.context import AgentContext

    captures, place = case["captures"], -1

    class Session(TmuxSession):
        def __init__(self) -> None:
            self._previous_buffer = None

        async def is_session_alive(self) -> bool:
            return True

        async def send_keys(self, *args: Any, **kwargs: Any) -> None:
            sent.append(args[0])

        async def capture_pane(self, capture_entire: bool = False) -> str:
            nonlocal place
            place += capture_entire
            return str(captures[place][1 if capture_entire else 0])

    class Agent(Terminus2):
        async def _query_llm(self, *args: Any, **kwargs: Any) -> Any:
            return LLMResponse(content=next(responses))

        async def _build_skills_section(self, environment: Any) -> str | None:
            return None

        def _dump_trajectory(self) -> None:
            pass

    sent: list[str] = []
    responses = iter(case["responses"])
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(
            logs_dir=Path(folder),
            model_name="openai/none",
            parser_name="json",
            max_turns=len(case["responses"]),
            enable_summarize=False,
            model_info={"max_input_tokens": 10**6, "max_output_tokens": 10**6},
            trajectory_config={"raw_content": True, "linear_history": True},
            suppress_max_turns_warning=True,
        )
        agent._session = Session()
        asyncio.run(agent.run(case["instruction"], SimpleNamespace(), AgentContext()))
    first, *steps = agent._trajectory_steps
    return {
        "template": agent._prompt_template,
        "prompt": first.message,
        "observations": [step.observation.results[0].content for step in steps],
        "sent": sent,
    }


def atif(document: Any) -> Any:
    """The errors of Harbor's own validator."""
    from harbor.utils.trajectory_validator import TrajectoryValidator

    validator = TrajectoryValidator()
    validator.validate(document)
    return validator.errors


def export(document: Any) -> Any:
    """The last conversation that the trace export makes of a trajectory."""
    from harbor.utils.traces_utils import extract_conversations_from_trajectory as extract

    names = "agent_name model_name model_provider start_time task_name run_id trial_name"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trajectory.json")
        path.write_text(json.dumps(document))
        return extract(path, dict.fromkeys(names.split(), "x"))[-1]["conversations"]


if __name__ == "__main__":
    request = json.load(sys.stdin)
    make = {"parse": parse, "loop": loop, "atif": atif, "export": export}[request["what"]]
    json.dump([make(case) for case in request["cases"]], sys.stdout)
