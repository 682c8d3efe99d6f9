"""Why a call got no answer. Each of these stops the build; none says anything about a task."""

from shellwright.errors import UserError


class EndpointError(UserError):
    """The endpoint refused the request, or gave no usable answer after every retry."""


class PromptTooLong(EndpointError):
    """The messages are longer than the model can read; says so of these messages alone."""


class BudgetExceeded(UserError):
    """The next call could cost more than what is left of the token or money budget."""


class ReplayMiss(UserError):
    """Replay was asked for, and the store has no answer to this request."""
