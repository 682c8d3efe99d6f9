"""The shard rule of the images: rows for the environments that a shard's tasks need."""

from collections.abc import Iterable, Mapping
from typing import Any

from shellwright.errors import UserError


def image_rows(keys: Iterable[str], records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per distinct environment key, sorted by key, from the records of the domains.

    Raises UserError for a key that no record has.
    """
    by_key = {record["key"]: record for record in records}
    rows = []
    for key in sorted(set(keys)):
        if key not in by_key:
            raise UserError(
                f"images: no image has the environment key {key[:16]}; the domains have "
                f"{sorted(known[:16] for known in by_key)}. Build results/images again."
            )
        record = by_key[key]
        rows.append(
            {
                "id": key,
                "domain": record["domain"],
                "reference": record["reference"],
                "image": record["image"],
                "status": "ok",
                "reason": None,
                "size_bytes": record["size_bytes"],
                "packages": list(record["packages"]),
                "log_path": record["log_path"],
            }
        )
    return rows
