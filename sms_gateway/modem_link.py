"""The parent's end of one modem's process: start it, call it with a deadline, kill it when it is mute, start again.

One call at a time, urgent ones first. A call that fails says whether an SMS may have left all the same.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from sms_gateway.modem_log import WireLog, may_have_left, prompt_came
from sms_gateway.modem_pin import RefusedPins
from sms_gateway.turns import Turns

Json = dict[str, Any]
log = logging.getLogger(__name__)

CHILD: Final = (sys.executable, "-m", "sms_gateway.modem_child")
URGENT, QUICK, ORDINARY, IDLE = range(4)  # whose turn comes first
NO_DEVICE: Final = "no device is named in the account"
HOPELESS: Final = 3  # polls that fail one after the other
ROOT: Final = str(Path(__file__).parent.parent)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. A call that takes longer means a mute modem: without, Gammu would wait up to 400 s."""

    start: float = 15.0  # five seconds are usual
    send: float = 18.0  # for each part; some networks take ten
    prompt: float = 6.0  # of these, before the modem takes the part at all
    poll: float = 10.0
    other: float = 10.0
    turn: float = 20.0  # for the first turn of an ordinary SMS
    urgent_turn: float = 45.0  # of an urgent one
    whole: float = 75.0  # for all parts of one SMS: well under the outbox's claim, past which it is sent by another
    absent: float = 0.5  # between two looks for a device that is gone
    again: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # before the next start, failure after failure
    steady: float = 60.0  # up for so long, and the failures before are forgotten

    def of(self, operation: str) -> float:
        return {"send": self.send, "poll": self.poll}.get(operation, self.other)

    def first_turn(self, *, urgent: bool) -> float:
        """How long an SMS waits for it; what is sent then ends within ``whole``."""
        return min(self.urgent_turn if urgent else self.turn, self.last_turn)

    @property
    def last_turn(self) -> float:
        """Seconds after its beginning until which an SMS may begin its next part."""
        return max(0.0, self.whole - self.send)


class CallFailed(Exception):
    """A call came to nothing. ``left``: an SMS may have left all the same; ``code``: the network's own +CMS error."""

    def __init__(self, why: str, *, left: bool = False, code: int | None = None, down: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.left = left
        self.code = code
        self.down = down  # no modem, or none any more


@dataclass(slots=True)
class _Child:
    """One process, and the answer that is waited for."""

    process: asyncio.subprocess.Process
    wire: WireLog
    ready: asyncio.Future[Json]
    over: asyncio.Future[str]  # why it ended
    answer: tuple[int, asyncio.Future[Json]] | None = None  # the number of the call that runs
    device: str = ""
    plain: bool = False
    last_words: str = ""
    last_log: str | None = None  # Gammu's log when the process ended

    @property
    def log(self) -> str:
        return self.wire.read() if self.last_log is None else self.last_log

    def kill(self, why: str) -> None:
        if not self.over.done():
            self.over.set_result(why)
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)  # Process.kill reaps it before asyncio does


@dataclass(slots=True)
class ModemLink:
    """``settings``: device (a path or a pattern), imei, pin, smsc. ``told``: called with all that the child tells."""

    settings: Mapping[str, str]
    told: Callable[[Json], None]
    pins: RefusedPins
    patience: Patience = field(default_factory=Patience)
    command: tuple[str, ...] = CHILD
    detail: str = "not opened"  # why it is down
    turns: Turns = field(default_factory=Turns)
    kills: int = 0
    _child: _Child | None = None
    _process_id: int | None = None
    _poll_failures: int = 0
    _number: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def up(self) -> bool:
        return self._child is not None

    @property
    def plain(self) -> bool:
        """Whether the SIM is read without Gammu, since something on it kills it."""
        return self._child is not None and self._child.plain

    @property
    def process_id(self) -> int | None:
        """Of the child that runs, or starts."""
        return self._process_id

    # ---- the life of the process

    async def run(self) -> None:
        """Keep a child alive, until cancelled."""
        failures, pattern = 0, self.settings.get("device", "")
        if not pattern:
            self.detail = NO_DEVICE
            await asyncio.Event().wait()  # until the account says more, with the next start of Sigap
        while True:
            devices = devices_of(pattern)
            if not devices:
                self.detail, failures = f"no device {pattern}", 0
                await asyncio.sleep(self.patience.absent)
                continue
            began = asyncio.get_running_loop().time()
            await self._live(devices)
            steady = asyncio.get_running_loop().time() - began > self.patience.steady
            failures = 0 if steady else failures
            log.warning("modem %s: %s", pattern, self.detail)
            await asyncio.sleep(self.patience.again[min(failures, len(self.patience.again) - 1)])
            failures += 1

    async def _live(self, devices: list[str]) -> None:
        """One child, from its start to its end."""
        wire = WireLog(os.memfd_create("modem-log"))
        child = None
        try:
            child = await self._spawn(wire, devices)
            readers = [asyncio.create_task(self._read(child)), asyncio.create_task(self._read_errors(child))]
            try:
                await self._greet(child)
                self.detail = await child.over
            finally:
                for reader in readers:
                    reader.cancel()
        except CallFailed as failed:
            self.detail = failed.why
        finally:
            self._child = None
            if child is not None:
                child.kill(self.detail)
                await child.process.wait()
                child.last_log = wire.read()
                self._process_id = None
            os.close(wire.descriptor)

    async def _spawn(self, wire: WireLog, devices: list[str]) -> _Child:
        plain = self._poll_failures >= HOPELESS
        pin = self.settings.get("pin", "")
        refused = await self.pins.known() if pin else frozenset()
        process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(wire.descriptor,),
            start_new_session=True,  # Ctrl-C is for us: what is being sent is sent to its end
            cwd=ROOT,
            limit=1 << 22,
        )
        self._process_id = process.pid
        loop = asyncio.get_running_loop()
        child = _Child(process, wire, loop.create_future(), loop.create_future(), plain=plain)
        first = {
            "devices": devices,
            "imei": self.settings.get("imei", ""),
            "pin": "" if refused is None else pin,
            "refused": sorted(refused or ()),
            "smsc": self.settings.get("smsc", ""),
            "log": wire.descriptor,
            "plain": plain,
        }
        _write(child, first)
        return child

    async def _greet(self, child: _Child) -> None:
        try:
            async with asyncio.timeout(self.patience.start):
                await _first(child.ready, child.over)
        except TimeoutError:
            self.kills += 1
            raise CallFailed(f"the modem did not start within {self.patience.start:g} s") from None
        if not child.ready.done():
            raise CallFailed(child.over.result())
        hello = child.ready.result()
        child.device = hello["device"]
        self.detail, self._child = "in order", child
        self.told(hello)

    async def _read(self, child: _Child) -> None:
        """Everything that the child says, until it ends."""
        assert child.process.stdout is not None  # noqa: S101 - a pipe was asked for
        why = ""
        async for line in child.process.stdout:
            try:
                what = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue  # killed in the middle of a line
            if child.answer is not None and what.get("id") == child.answer[0]:
                child.answer[1].set_result(what)
                child.answer = None
            elif what.get("told") == "ready":
                child.ready.set_result(what)
            elif what.get("told") == "failed":
                why = what["why"]
                if what["mark"]:
                    await self.pins.note(what["mark"], for_good=what["sure"])
            elif "told" in what:
                self.told(what)
        code = await child.process.wait()
        if not child.over.done():
            child.over.set_result(why or f"the modem's process died ({child.last_words if code > 0 else code})")

    async def _read_errors(self, child: _Child) -> None:
        """The last line of a traceback says most; Gammu's own warnings say nothing."""
        assert child.process.stderr is not None  # noqa: S101 - a pipe was asked for
        async for line in child.process.stderr:
            child.last_words = line.decode("utf-8", "replace").strip()[:200]

    # ---- calls

    async def ask(self, operation: str, **words: Any) -> Json:
        """One call, in one's turn. Raises CallFailed."""
        child = self._child
        if child is None:
            raise CallFailed(self.detail, down=True)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        child.answer = (next(self._number), answer)
        try:
            _write(child, {"id": child.answer[0], "op": operation, **words})
            told = await self._answer(child, answer, self.patience.of(operation), operation)
        finally:
            child.answer = None
        if told["ok"]:
            self._poll_failures = 0 if operation == "poll" else self._poll_failures
            return told
        left = operation == "send" and told["code"] is None and told["left"]
        if told["gone"]:
            self.restart("the modem is gone")
        elif operation == "poll":
            self._count_poll_failure()
        raise CallFailed(_why(told), left=left, code=told["code"], down=told["gone"])

    async def _answer(self, child: _Child, answer: asyncio.Future[Json], seconds: float, operation: str) -> Json:
        """Wait for it; kill a child that is mute, or whose device is gone."""
        until, refuses = asyncio.get_running_loop().time() + seconds, False
        while not answer.done() and not child.over.done():
            left = until - asyncio.get_running_loop().time()
            refuses = operation == "send" and left <= seconds - self.patience.prompt and not prompt_came(child.log)
            if left <= 0 or refuses:
                child.kill("mute: the modem does not take an SMS" if refuses else f"mute: no answer to {operation}")
                self.kills += 1
            elif not Path(child.device).exists():  # noqa: ASYNC240, RUF100 - a folder in memory
                child.kill("unplugged")
            await _first(answer, child.over, seconds=min(left, 0.25))
        if answer.done():
            return answer.result()
        if operation == "poll":
            self._count_poll_failure()
        self._child = None
        may = operation == "send" and not refuses and may_have_left(child.log)
        raise CallFailed(child.over.result(), left=may, down=True)

    def _count_poll_failure(self) -> None:
        self._poll_failures += 1
        if self._poll_failures >= HOPELESS:
            self.distrust_sim()

    def distrust_sim(self) -> None:
        """Something on the SIM may kill Gammu, or make it give up: the next child reads it without Gammu."""
        self._poll_failures = HOPELESS
        self.restart("the SIM cannot be read")

    def restart(self, why: str) -> None:
        """End this child; ``run`` starts the next."""
        if self._child is not None:
            self._child.kill(why)
            self._child = None


def devices_of(pattern: str) -> list[str]:
    """The devices that a path or a pattern names, as they stand now."""
    return sorted(map(str, Path("/").glob(pattern.lstrip("/")))) if pattern.strip("/") else []


async def _first(*futures: asyncio.Future[Any], seconds: float | None = None) -> None:
    """Until one of them is done; they go on."""
    await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


def _write(child: _Child, what: Json) -> None:
    assert child.process.stdin is not None  # noqa: S101 - a pipe was asked for
    child.process.stdin.write(orjson.dumps(what) + b"\n")


def _why(told: Json) -> str:
    return f"{told['error']} {told['text']}".strip()
