"""Why a message was understood so: short lines for the operator's screen, kept with the message."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.danger import Reading
from nlu.policy import Limits, Seen
from nlu.units import FLAG

_MOST = 3  # lines of each sort


def reasons_of(reading: Reading, seen: Seen, telling: Sequence[str], limits: Limits, *, refused: bool) -> list[str]:
    """The rules that spoke first, then the score, then the words that weighed most in it."""
    lines = [f"kata bahaya: {hit.words} ({hit.group.category})" for hit in reading.certain[:_MOST]]
    lines += [f"kata bahaya diredam ({hit.damped_by}): {hit.words}" for hit in reading.doubtful[:_MOST]]
    lines += [f"bukan bahaya ({hit.damped_by}): {hit.words}" for hit in reading.voided[:1]]
    if reading.hints and not reading.certain:
        lines.append("petunjuk: " + ", ".join(dict.fromkeys(hit.words for hit in reading.hints[:_MOST])))
    lines.append(f"skor darurat {seen.emergency:.2f} (eskalasi mulai {limits.escalate[seen.level]:.2f})")
    words = [unit for unit in telling if not unit.startswith((FLAG, "=", "#"))]
    if words:
        lines.append("kata penentu: " + ", ".join(words))
    if refused:
        lines.append(f"topik tidak cukup jelas ({seen.topic:.2f}, batas {limits.topic:.2f})")
    return lines
