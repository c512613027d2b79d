"""The store of what staff keep about a city: one door. Plain functions of a connection, see the parts."""

from __future__ import annotations

from knowledge_base.entries.differences import diff
from knowledge_base.entries.drafts import drop_draft, fresh_slug, save_draft, send_back, start_draft, submit
from knowledge_base.entries.publishing import publish, restore, roll_back, tend, withdraw
from knowledge_base.entries.reads import get, get_draft, stamp, version, versions
from knowledge_base.entries.rows import Draft, Editor, Entry, Listed, Refused, Version, is_due
from knowledge_base.entries.search import Counts, counts, search

__all__ = [
    "Counts",
    "Draft",
    "Editor",
    "Entry",
    "Listed",
    "Refused",
    "Version",
    "counts",
    "diff",
    "drop_draft",
    "fresh_slug",
    "get",
    "get_draft",
    "is_due",
    "publish",
    "restore",
    "roll_back",
    "save_draft",
    "search",
    "send_back",
    "stamp",
    "start_draft",
    "submit",
    "tend",
    "version",
    "versions",
    "withdraw",
]
