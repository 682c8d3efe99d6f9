"""The shape of an answer that is wanted as JSON, and how an endpoint is asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shellwright.digest import digest

#: The ways to ask for JSON, the strictest first. Not every endpoint knows every one.
FORMS = ("json_schema", "json_object", "text")


@dataclass(frozen=True)
class Shape:
    """A JSON Schema and a name for it, of letters, digits and `_`.

    The schema uses only what `shellwright.schema` understands. With every property required and no
    further ones allowed it is also within what the strict modes of endpoints take.
    """

    name: str
    schema: Mapping[str, Any]

    def content(self) -> dict[str, Any]:
        """Return what the key of a request holds of its shape."""
        return {"name": self.name, "schema": dict(self.schema)}

    @property
    def key(self) -> str:
        """The digest of the shape."""
        return digest(self.content())

    def fields(self, form: str) -> dict[str, Any]:
        """Return the fields of a request that asks for this shape in one of `FORMS`."""
        if form == "json_schema":
            named = {"name": self.name, "strict": True, "schema": dict(self.schema)}
            return {"response_format": {"type": form, form: named}}
        if form == "json_object":
            return {"response_format": {"type": form}}
        return {}
