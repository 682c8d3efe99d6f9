"""Have a model put an instruction into other words, and use only what the back-check accepts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from shellwright.digest import digest
from shellwright.teacher.openai.backcheck import Violation, check_rewrite, length_bounds
from shellwright.teacher.openai.interface import Completion, Message, ModelClient
from shellwright.teacher.openai.prompts import Prompt, load_prompt

PURPOSE = "rewrite_instruction"
_PROMPT = "rewrite"
_TOLD_VIOLATIONS = 12
_KEPT_VIOLATIONS = 5
_BAD_FACTS = "fact_not_in_instruction"


@dataclass(frozen=True)
class RewriteRequest:
    """An instruction of the procedural teacher, and what has to hold for any rewrite of it.

    `facts` are literals that must stand in the rewrite, `tools` the programs that solve the task.
    `attempts` answers are asked for at most.
    """

    task_id: str
    instruction: str
    facts: Sequence[str]
    tools: Sequence[str]
    attempts: int


@dataclass(frozen=True)
class RewriteResult:
    """The instruction to use: the rewrite if one was accepted, else the original.

    `rejections` holds what was wrong with each answer that was not used, in order. All of it
    depends on the request and the answers alone, so the same answers give the same result.
    """

    instruction: str
    accepted: bool
    attempts: int
    model: str
    prompt_version: str
    voice: str
    rejections: tuple[tuple[Violation, ...], ...]
    reason: str = ""

    def lineage(self) -> dict[str, Any]:
        """Return how the instruction came about, for the lineage of the task."""
        return {
            "teacher": "openai",
            "model": self.model,
            "prompt_version": self.prompt_version,
            "voice": self.voice,
            "accepted": self.accepted,
            "attempts": self.attempts,
            "reason": self.reason,
            "rejections": [
                [f"{each.kind}: {each.detail}" for each in rejection[:_KEPT_VIOLATIONS]]
                for rejection in self.rejections
            ],
        }


@cache
def rewrite_prompt() -> Prompt:
    """Return the prompt; its version belongs into the key of whatever is made with it."""
    return load_prompt(_PROMPT)


def rewrite_instruction(request: RewriteRequest, client: ModelClient) -> RewriteResult:
    """Return the instruction of `request` in other words, or as it was when no answer is usable.

    An answer is used when the back-check finds nothing wrong with it; else the model is told what
    is wrong and asked again. Raises only what the client raises: no answer at all stops the build.
    """
    prompt = rewrite_prompt()
    voice = voice_of(request.task_id, prompt)
    original = request.instruction.strip()
    lost = [fact for fact in request.facts if fact and fact not in original]
    if lost:
        # No rewrite could be checked, so none is paid for.
        reason = f"{_BAD_FACTS}: {lost[0]}"
        return RewriteResult(
            request.instruction, False, 0, client.model, prompt.version, voice, (), reason
        )
    opening = _opening(request, original, prompt, voice)
    messages = opening
    rejections: list[tuple[Violation, ...]] = []
    for attempt in range(1, request.attempts + 1):
        completion = client.complete(messages, purpose=PURPOSE, prompt_version=prompt.version)
        text = completion.text.replace("\r\n", "\n").strip()
        violations = _violations(completion, original, text, request)
        if not violations:
            return RewriteResult(
                text + "\n", True, attempt, client.model, prompt.version, voice, tuple(rejections)
            )
        rejections.append(tuple(violations))
        told = "\n".join(each.sentence() for each in violations[:_TOLD_VIOLATIONS])
        # The number makes each request another one: the same bad answer twice must not be answered
        # from the store with itself.
        complaint = prompt.fill(
            "feedback", attempt=str(attempt), attempts=str(request.attempts), violations=told
        )
        messages = _correction(opening, text[: length_bounds(original)[1]], complaint)
    return RewriteResult(
        request.instruction,
        False,
        len(rejections),
        client.model,
        prompt.version,
        voice,
        tuple(rejections),
        ", ".join(sorted({each.kind for each in rejections[-1]})),
    )


def voice_of(task_id: str, prompt: Prompt) -> str:
    """Return the voice that a task is written in: a draw that a new voice changes for few tasks."""
    return max(prompt.lines("voices"), key=lambda voice: digest([task_id, voice]))


def _opening(request: RewriteRequest, original: str, prompt: Prompt, voice: str) -> list[Message]:
    shortest, longest = length_bounds(original)
    system = prompt.fill("system", shortest=str(shortest), longest=str(longest))
    facts = "\n".join(fact for fact in request.facts if fact) or "(none)"
    user = prompt.fill("user", voice=voice, facts=facts, instruction=original)
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _violations(
    completion: Completion, original: str, text: str, request: RewriteRequest
) -> list[Violation]:
    """Return what is wrong with an answer. A text without its end is not looked into further."""
    if completion.finish == "length":
        return [Violation("cut_off", "")]
    if completion.finish == "content_filter":
        return [Violation("filtered", "")]
    return check_rewrite(original, text, request.facts, request.tools)


def _correction(opening: list[Message], answer: str, complaint: str) -> list[Message]:
    """Return the conversation with the last answer and the complaint about it.

    Earlier answers are left out: they cost tokens and teach nothing. An empty answer cannot stand
    as a message, so then the complaint joins the request.
    """
    if not answer:
        system, user = opening
        joined: Message = {"role": "user", "content": f"{user['content']}\n\n{complaint}"}
        return [system, joined]
    return [
        *opening,
        {"role": "assistant", "content": answer},
        {"role": "user", "content": complaint},
    ]
