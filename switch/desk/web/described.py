"""The description of the API: as OpenAPI for programs, and as a page for people.

The page is made here, of the same description: the usual ones are programs of a megabyte that
come from elsewhere, and would need a looser Content-Security-Policy than our pages have.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.enums import MediaType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from switch import __version__
from switch.desk.web.errors import TITLES
from switch.desk.web.examples import with_examples
from switch.desk.web.looks import Looks

_VERBS: Final = ("get", "post", "put", "delete")
_SAYS: Final = """The desk of a softswitch: who is there, which calls go on, and what became of
those that are over.

Every request carries a token (`softswitch token add NAME --scope read`) as
`Authorization: Bearer TOKEN`. `read` looks; `control` transfers, resumes, holds, mutes, records,
hangs up, calls, sets reps away and writes notes; `admin` sees the tokens. What is not done is
answered with problem details (RFC 9457), and nothing was changed. Instants are ISO 8601 in UTC."""


class PageRenderPlugin(OpenAPIRenderPlugin):
    """Shows the description as a page."""

    def __init__(self, looks: Looks) -> None:
        """Keep what renders it."""
        super().__init__(path="/", media_type=MediaType.HTML)
        self._looks = looks

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        del request
        openapi_schema = with_examples(openapi_schema)
        groups: dict[str, list[dict[str, Any]]] = {}
        for path, item in openapi_schema.get("paths", {}).items():
            for verb in _VERBS:
                if (one := item.get(verb)) is not None:
                    tag = (one.get("tags") or ["Other"])[0]
                    groups.setdefault(tag, []).append({"verb": verb.upper(), "path": path, **one})
        schemas = openapi_schema.get("components", {}).get("schemas", {})
        page = self._looks.render(
            "api.html",
            title=openapi_schema["info"]["title"],
            says=_SAYS.split("\n\n"),
            groups=groups,
            schemas={name: _fields(schema) for name, schema in sorted(schemas.items())},
            problems=TITLES,
            shown=_shown,
            visitor=None,
        )
        return page.encode()


class ProgramRenderPlugin(JsonRenderPlugin):
    """Gives the description to programs, with examples of what they may send."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return it as JSON."""
        return super().render(request, with_examples(openapi_schema))


def description(looks: Looks) -> OpenAPIConfig:
    """Return how the API is described."""
    return OpenAPIConfig(
        title="softswitch desk",
        version=__version__,
        description=_SAYS,
        path="/api",
        render_plugins=[PageRenderPlugin(looks), ProgramRenderPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http", scheme="bearer", description="softswitch token add NAME"
                )
            }
        ),
    )


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    needed = schema.get("required", [])
    return {
        "says": schema.get("description", ""),
        "values": schema.get("enum", []),
        "examples": schema.get("examples", []),
        "fields": [
            {"name": name, "type": _shown(inner), "needed": name in needed}
            for name, inner in schema.get("properties", {}).items()
        ],
    }


def _shown(schema: dict[str, Any]) -> str:
    """Return a type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", maxsplit=1)[-1]
    if inner := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(map(_shown, inner))
    if schema.get("type") == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return f"list of {_shown(items)}"
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    return str(schema.get("type", "anything"))
