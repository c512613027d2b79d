"""What somebody who plays a citizen types in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from rich.console import Console

from bots.message import Place

HELP = "Tulis pesan. /lokasi LAT LON mengirim lokasi, /foto dan /suara mengirim tanpa kata, /keluar mengakhiri."


@dataclass(frozen=True, slots=True)
class Written:
    """One message of theirs."""

    kind: Literal["text", "location", "photo", "voice"]
    text: str = ""
    place: Place | None = None


async def written_lines(out: Console) -> AsyncIterator[Written]:
    """Every message until the end of input or /keluar; a line that is none is answered here."""
    out.print(f"[dim]{HELP}[/dim]")
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip() == "/keluar":
            return
        if (one := read_line(line.strip())) is not None:
            yield one


def read_line(line: str) -> Written | None:
    """The message that ``line`` stands for; None for an empty one, and for a place without its two numbers."""
    if not line:
        return None
    word, _, rest = line.partition(" ")
    if word == "/foto":
        return Written("photo", rest)
    if word == "/suara":
        return Written("voice", rest)
    if word != "/lokasi":
        return Written("text", line)
    try:
        lat, lon = (float(part) for part in rest.replace(",", " ").split())
    except ValueError:
        sys.stderr.write("/lokasi -3.6954 128.1814\n")
        return None
    return Written("location", place=Place(lat, lon))
