"""POST /model/parse: our understanding by Rasa's contract, for whoever has a Rasa bot and wants a better ear."""

from __future__ import annotations

import hmac
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from nlu import rasa
from nlu.meaning import Heard
from nlu.understand import Understander

LONGEST = 4000  # characters of a text, as in every channel's messages
LARGEST = 64 * 1024  # bytes


def model_parse(understander: Understander, token: str, cities: tuple[str, ...]) -> APIRouter:
    """The route; whoever asks shows ``token`` as Rasa wants it: `?token=…`."""
    router = APIRouter(tags=["machines"])

    @router.post("/model/parse", summary="Rasa's contract: {text, city?} in, intent and ranking out")
    async def parse(request: Request) -> JSONResponse:
        given = request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return _refusal(401, "NotAuthenticated", "add ?token=… with the value of SIGAP_NLU__PARSE_TOKEN")
        asked = await _asked(request)
        if asked is None:
            return _refusal(400, "BadRequest", f'send {{"text": "…"}}, at most {LONGEST} characters of text')
        text, city = asked
        said = understander.understand([Heard(text, city if city in cities else None)])[0]
        return JSONResponse(rasa.answer(text, said))

    return router


async def _asked(request: Request) -> tuple[str, Any] | None:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return None
    try:
        kept = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    text = kept.get("text") if isinstance(kept, dict) else None
    return (text, kept.get("city")) if isinstance(text, str) and len(text) <= LONGEST else None


def _refusal(status: int, reason: str, message: str) -> JSONResponse:
    """As Rasa words it."""
    return JSONResponse({"status": "failure", "reason": reason, "message": message, "code": status}, status)
