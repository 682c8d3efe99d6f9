"""The exceptions that Shellwright raises on purpose."""


class ShellwrightError(Exception):
    """Base of every exception that Shellwright raises on purpose."""


class UserError(ShellwrightError):
    """Something that the user can put right.

    The message states what was found, where (file, key, row), what was expected and what to do.
    It is printed without a traceback.
    """
