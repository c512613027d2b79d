"""What the bot is doing in a conversation, in the few words that fit an operator's list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STAGES = {
    "idle": "siaga",
    "asking": "bertanya",
    "case": "menunggu petugas",
    "closed": "laporan selesai",
}
_QUESTIONS = {
    "danger": "menanyakan bahaya",
    "where": "menanyakan tempat",
    "where_again": "menanyakan tempat",
    "what": "menanyakan kejadian",
    "phone": "menanyakan nomor",
    "alive": "menunggu balasan",
    "threatened": "menanyakan ancaman",
    "silent_reply": "mode senyap",
    "silent_help": "mode senyap",
    "silent_where": "mode senyap",
    "silent_hurt": "mode senyap",
}


def state_name(holder: str, state: Mapping[str, Any]) -> str:
    """The label of ``conversation.state`` (see bots.state.State); a question that is new to us is just a question."""
    if holder == "operator":
        return "petugas"
    asked = state.get("asked")
    if asked is None:
        return _STAGES.get(state.get("stage", "idle"), "siaga")
    return _QUESTIONS.get(asked, "menanyakan rincian")
