"""Plays a file of stories, several at once, and prints the results in the order of the file."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from config.story import Stage, Story

# A story's database is thrown away: it need not touch a disk.
_MEMORY = Path("/dev/shm")  # noqa: S108
MEMORY = _MEMORY if _MEMORY.is_dir() else None


async def play_all(stage_in: Callable[[Path], Stage], stories: Sequence[Story], jobs: int, err: Console) -> None:
    """Play every story, ``jobs`` at once; a bar on a terminal shows how far it is."""
    with (
        tempfile.TemporaryDirectory(dir=MEMORY) as folder,
        Progress(console=err, transient=True, disable=not err.is_terminal) as progress,
    ):
        stage = stage_in(Path(folder))
        await stage.prepare()
        task = progress.add_task("Playing", total=len(stories))
        slots = asyncio.Semaphore(jobs)

        async def play(story: Story) -> dict[str, Any]:
            async with slots:
                result = await stage.play(story)
            progress.advance(task)
            return result

        playing = [asyncio.create_task(play(story)) for story in stories]
        for one in playing:
            sys.stdout.buffer.write(orjson.dumps(await one) + b"\n")
            sys.stdout.flush()
