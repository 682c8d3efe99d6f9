"""The languages that scripts beside a skill's text are written in, told by their names."""

from __future__ import annotations

LANGUAGES = {
    **dict.fromkeys((".sh", ".bash", ".zsh"), "sh"),
    ".py": "python",
    **dict.fromkeys((".js", ".mjs", ".cjs"), "javascript"),
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    ".tsx": "tsx",
    ".jsx": "jsx",
    ".rb": "ruby",
    ".pl": "perl",
    ".php": "php",
    **dict.fromkeys((".ps1", ".psm1"), "powershell"),
    **dict.fromkeys((".bat", ".cmd"), "batch"),
}


def script_language(path: str) -> str:
    """The language of a script by its name, or empty."""
    return LANGUAGES.get(path[path.rfind(".") :].lower(), "")
