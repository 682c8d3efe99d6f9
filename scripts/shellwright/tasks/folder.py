"""The folder in which a task is worked on and graded."""

import tomllib


def working_folder(config: str) -> str | None:
    """The `workdir` that a task.toml states, None without one: then it is the image's WORKDIR.

    None, too, for what is no TOML, which lint refuses.
    """
    try:
        environment = tomllib.loads(config).get("environment", {})
    except (ValueError, RecursionError):
        return None
    folder = environment.get("workdir") if isinstance(environment, dict) else None
    return folder if isinstance(folder, str) and folder else None
