"""How an episode can end, and what is to blame.

The list is closed: every trajectory has exactly one termination, and with it one cause. A broken
engine is none of them. It raises, no row is written, and the next build makes the item again.
"""

from enum import StrEnum


class Cause(StrEnum):
    """What kept an episode from being an ordinary measurement of its policy."""

    NONE = "none"
    """Nothing: the agent finished the protocol. The reward may still be anything from 0 to 1."""

    AGENT = "agent"
    """The agent: it ran out of a budget, lost its shell or gave up. The reward counts."""

    INFRASTRUCTURE = "infrastructure"
    """Perhaps not the agent: the box was lost, or the tests gave no reward. Nothing is measured."""


class Termination(StrEnum):
    """Why an episode took no further turn."""

    COMPLETED = "completed"
    """The agent declared the task complete and confirmed it on the next usable turn."""

    TURN_LIMIT = "turn_limit"
    """The agent used up its turns."""

    PARSE_ERROR_LIMIT = "parse_error_limit"
    """Too many responses in a row could not be parsed."""

    TIME_LIMIT = "time_limit"
    """The wall time of the episode was over before the next turn."""

    SESSION_ENDED = "session_ended"
    """The terminal session was gone while the container was well: the agent left or killed it."""

    POLICY_STOPPED = "policy_stopped"
    """The policy gave up: for `oracle`, a step failed or a command never came back; for `model`,
    the conversation has outgrown it."""

    NOT_STARTED = "not_started"
    """The policy could not begin: for `oracle`, the task's steps lack a command or reasoning."""

    BOX_LOST = "box_lost"
    """The container was lost twice while the agent worked in it."""

    @property
    def cause(self) -> Cause:
        """The cause that goes with this termination when the tests did give a reward."""
        if self is Termination.BOX_LOST:
            return Cause.INFRASTRUCTURE
        return Cause.NONE if self is Termination.COMPLETED else Cause.AGENT
