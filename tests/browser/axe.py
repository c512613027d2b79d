"""What axe finds wrong with a page as it stands."""

from __future__ import annotations

from typing import Final, Literal

from playwright.async_api import Page

from handoff.console.build_hook import APP
from tests.browser.conftest import not_run

Scheme = Literal["light", "dark"]
SOURCE: Final = APP / "node_modules" / "axe-core" / "axe.min.js"
EVERY: Final = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
OF_COLOURS: Final = "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }"
# What passed is a hundred times as much as what did not, and takes longer to be told than to be found.
RUN: Final = """axe.run(document, { runOnly: %s, resultTypes: ['violations'] })
    .then(found => found.violations.map(one => [one.id, one.nodes[0].html.slice(0, 200)]))"""


async def problems(page: Page, other: Scheme | None = None) -> list[tuple[str, str]]:
    """Rule and place of all that it finds; with ``other``, whose colours alone are different, also of those."""
    if not SOURCE.exists():
        not_run("axe is missing (python -m handoff.console.build_hook --tests)")
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(SOURCE.read_text())
    found: list[tuple[str, str]] = await page.evaluate(RUN % EVERY)
    if other is None:
        return found
    await _turn(page, other)
    found += await page.evaluate(RUN % OF_COLOURS)
    await _turn(page, "light" if other == "dark" else "dark")
    return found


async def _turn(page: Page, scheme: Scheme) -> None:
    """Pages are told of the change with their next frame, and some change their colours themselves."""
    await page.emulate_media(color_scheme=scheme)
    await page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert await page.evaluate("scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", scheme)
