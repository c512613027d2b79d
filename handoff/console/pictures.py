"""Pictures of answers: sent by whoever writes, shown on the page as they were sent."""

from __future__ import annotations

from fastapi import Request, Response
from sqlalchemy import Connection

from config.database import Priority
from handoff.console.guard import AnyAct, Desk, Key
from handoff.console.knowledge_guard import WriteAct, noted
from handoff.console.refusals import Refusal
from handoff.console.route import MEGABYTE, subject, takes
from handoff.console.shapes import Id, Shape
from knowledge_base import pictures
from knowledge_base.pictures import PictureRefused

router = subject("pictures", 404, 413)


class PictureShape(Shape):
    """A picture that was kept; the id goes into the answer."""

    id: Id


@router.post(
    "/knowledge/{city}/pictures", summary="Keep a picture (the raw file)", response_model=PictureShape, status_code=201
)
@takes(MEGABYTE)
async def add(act: WriteAct, request: Request, desk: Desk) -> PictureShape:
    """PNG, JPEG or WebP, at most 300 kB and 4096 pixels a side. 422 ``bad_picture``."""
    try:
        one = pictures.looked_at(await request.body())
    except PictureRefused as error:
        raise Refusal("bad_picture", fills={"why": str(error)}) from None

    def job(connection: Connection) -> int:
        key = pictures.keep(connection, act.city.slug, one, act.operator.username, act.now)
        noted(connection, act, "picture", "article", "", picture=str(key))
        return key

    return PictureShape(id=str(await desk.database.write(job, Priority.OPERATOR)))


@router.get("/knowledge/{city}/pictures/{key}", summary="A picture", response_class=Response)
async def read(act: AnyAct, key: Key, desk: Desk) -> Response:
    """As it was sent; an id never changes its picture."""
    found = await desk.database.read(lambda connection: pictures.find(connection, act.city.slug, key))
    if found is None:
        raise Refusal("not_found")
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cache-Control": "private, max-age=31536000, immutable",
    }
    return Response(found.data, 200, headers, found.mime)
