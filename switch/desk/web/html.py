"""Answers in HTML."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response
from litestar.utils.scope.state import ScopeState

from switch.desk.web.looks import Looks


class Html(Response[str]):
    """Is a page, or a part of one."""

    def __init__(self, content: str, *, status_code: int = 200) -> None:
        """Keep the HTML; nobody but the browser of whoever asked may keep it."""
        super().__init__(
            content,
            media_type=MediaType.HTML,
            status_code=status_code,
            headers={"Cache-Control": "no-store"},
        )


def html_page(
    request: Request[Any, Any, Any],
    looks: Looks,
    template: str,
    *,
    status_code: int = 200,
    **values: Any,
) -> Html:
    """Return a whole page, with what its forms need against forged requests."""
    csrf = ScopeState.from_scope(request.scope).csrf_token
    html = looks.render(template, **{"here": "", "csrf": csrf or "", **values})
    return Html(html, status_code=status_code)
