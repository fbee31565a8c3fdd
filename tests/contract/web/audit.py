"""Looks over a page with axe-core: in light and dark, as wide as a phone's widget and a screen."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page

_AXE = Axe()
_LOOKS = [(width, scheme) for width in (360, 1180) for scheme in ("light", "dark")]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def faults(page: Page) -> list[str]:
    """Return what axe-core finds serious, and whatever does not fit, in each width and scheme."""
    found = []
    for width, scheme in _LOOKS:
        await page.set_viewport_size({"width": width, "height": 860})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        options = {"runOnly": _RULES, "resultTypes": ["violations"]}
        result = await _AXE.run(page, options=options)
        violations: list[dict[str, Any]] = result.response["violations"]
        found += [
            f"{width} {scheme}: {one['id']}: {node['html'][:160]}: {node['failureSummary']}"
            for one in violations
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]
        if (over := await page.evaluate(_OVERFLOW)) > 0:
            found.append(f"{width} {scheme}: {over} pixels too wide")
    return found
