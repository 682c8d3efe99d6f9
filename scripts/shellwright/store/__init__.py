"""The item store: what keeps the work of a shard's job down to the items that really changed."""

from shellwright.store.atomic import replacing, write_bytes, write_text
from shellwright.store.items import ItemStore
from shellwright.store.shards import bucket_of, item_hash, shard_names, shard_of
from shellwright.store.stage import Item, ItemFailed, Outcome, run_items

__all__ = [
    "Item",
    "ItemFailed",
    "ItemStore",
    "Outcome",
    "bucket_of",
    "item_hash",
    "replacing",
    "run_items",
    "shard_names",
    "shard_of",
    "write_bytes",
    "write_text",
]
