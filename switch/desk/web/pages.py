"""The pages: what a rep sees when he types an address, and what his clicks do."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, get, post, put
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Response

from dialplan import OutsideRoute, Refusal
from dialplan.numbers import to_e164
from switch.desk.notes import NoteChanged
from switch.desk.web import actions
from switch.desk.web.actions import Actor
from switch.desk.web.errors import Refused
from switch.desk.web.figures import day_of, figures_window
from switch.desk.web.given import TheDesk, TheVisitor, TheWindows
from switch.desk.web.html import Html, html_page
from switch.desk.web.signing import Visitor, cookie, sign_in
from switch.desk.web.windows import Windows

Form = URLEncodedBody[dict[str, str]]
_LONGEST_SEARCHED: Final = 128


def actor_of(visitor: Visitor) -> Actor:
    """Return on whose behalf a page does something."""
    return Actor(rep=visitor.rep, author=visitor.rep, is_admin=visitor.is_supervisor)


# ---------------------------------------------------------------- the rep's page


@get("/", include_in_schema=False)
async def desk_page(
    request: Request[Any, Any, Any], desk: TheDesk, visitor: TheVisitor, windows: TheWindows
) -> Html:
    """Show a rep his calls."""
    plan = desk.config.dialplan
    return html_page(
        request,
        windows.looks,
        "desk.html",
        visitor=visitor,
        here="desk",
        board=desk.board,
        reps=plan.reps,
        territories=plan.territories,
        calls=await windows.calls(visitor),
        you=windows.you(visitor),
        notes=await windows.notes(visitor),
        recent=await windows.recent(visitor),
    )


@get("/floor", include_in_schema=False)
async def floor_page(
    request: Request[Any, Any, Any],
    desk: TheDesk,
    visitor: TheVisitor,
    windows: TheWindows,
    day: FromQuery[str] = "",
) -> Html:
    """Show a supervisor all that goes on, and a day in figures: today's, if he names none."""
    if not visitor.is_supervisor:
        raise Refused(403, "this page is for supervisors: [desk] supervisors names them")
    plan, today = desk.config.dialplan, desk.daybook.today()
    meant = day_of(day)
    if meant == today:
        meant = None
    return html_page(
        request,
        windows.looks,
        "floor.html",
        visitor=visitor,
        here="floor",
        board=desk.board,
        reps=plan.reps,
        territories=plan.territories,
        floor=await windows.floor_window(),
        figures=await figures_window(desk, windows.looks, meant),
        today=today,
        day=meant,
    )


@get("/targets", include_in_schema=False)
async def targets(
    desk: TheDesk, visitor: TheVisitor, windows: TheWindows, q: FromQuery[str] = ""
) -> Html:
    """Say whether what is typed is an outside number, and whether the rep may transfer to it."""
    typed = q.strip()[:_LONGEST_SEARCHED]
    problem, number = "", ""
    if any(letter.isdigit() for letter in typed):
        route = desk.config.dialplan.route_transfer(visitor.rep, typed)
        if isinstance(route, OutsideRoute):
            number = route.number
        elif isinstance(route, Refusal) and to_e164(typed, desk.config.switch.country):
            # What stands before the colon says who asked; he knows.
            problem = f"Not allowed: {route.why.partition(': ')[2] or route.why}."
    return Html(windows.looks.render("outside.html", problem=problem, number=number))


@post("/transfer", include_in_schema=False, status_code=200)
async def transfer(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Transfer a call."""
    target = data.get("target", "")
    await actions.transfer(desk, actor_of(visitor), data.get("conversation", ""), target)
    text = f"Transferring to {desk.name(target)}."
    return Html(windows.looks.render("said.html", text=text, bad=False))


@post("/resume", include_in_schema=False, status_code=200)
async def resume(desk: TheDesk, visitor: TheVisitor, windows: TheWindows, data: Form) -> Html:
    """Give a transferor his call back."""
    await actions.resume(desk, actor_of(visitor), data.get("conversation", ""))
    text = "You get the call back: your phone rings if it had hung up."
    return Html(windows.looks.render("said.html", text=text, bad=False))


@put("/conversations/{conversation_id:str}/note", include_in_schema=False)
async def note(
    desk: TheDesk,
    visitor: TheVisitor,
    windows: TheWindows,
    conversation_id: FromPath[str],
    data: Form,
) -> Html:
    """Keep a rep's note as it is typed."""
    revision = data.get("revision", "")
    try:
        written = await actions.write_note(
            desk,
            actor_of(visitor),
            conversation_id,
            text=data.get("text", ""),
            disposition=data.get("disposition") or None,
            based_on=int(revision) if revision.isdecimal() and len(revision) < 10 else None,  # noqa: PLR2004
        )
    except NoteChanged as error:
        html = windows.looks.render(
            "note_saved.html",
            state="changed in another window: what stands there is below",
            bad=True,
            revision=error.known.revision,
            theirs=error.known.text,
        )
        return Html(html, status_code=409)
    except Refused as error:
        html = windows.looks.render("note_state.html", state=f"not saved: {error}", bad=True)
        return Html(html, status_code=error.status)
    return Html(
        windows.looks.render("note_saved.html", state="saved", bad=False, revision=written.revision)
    )


# ---------------------------------------------------------------- sign-in


@get("/sign-in", include_in_schema=False)
async def sign_in_page(
    request: Request[Any, Any, Any],
    windows: TheWindows,
    next_: Annotated[str, QueryParameter(name="next")] = "/",
) -> Html:
    """Ask who it is."""
    return _gate(request, windows, next_=next_)


@post("/sign-in", include_in_schema=False)
async def sign_in_post(
    request: Request[Any, Any, Any], desk: TheDesk, windows: TheWindows, data: Form
) -> Response[Any]:
    """Let in whoever knows a rep's password."""
    rep, next_ = data.get("rep", "").strip(), data.get("next", "/")
    try:
        own = await sign_in(request, desk, rep, data.get("password", ""))
    except Refused as error:
        page = _gate(
            request,
            windows,
            next_=next_,
            rep=rep,
            problem=f"{error}."[:1].upper() + f"{error}."[1:],
        )
        page.status_code = error.status
        if wait_s := getattr(error, "wait_s", None):
            page.headers["Retry-After"] = str(wait_s)
        return page
    return Redirect(_own_path(next_), status_code=303, cookies=[own])


@post("/sign-out", include_in_schema=False)
async def sign_out(desk: TheDesk) -> Redirect:
    """Take the cookie away."""
    return Redirect("/sign-in", status_code=303, cookies=[cookie(desk, "")])


def _gate(
    request: Request[Any, Any, Any],
    windows: Windows,
    *,
    next_: str,
    rep: str = "",
    problem: str = "",
) -> Html:
    return html_page(
        request,
        windows.looks,
        "sign_in.html",
        next=_own_path(next_),
        rep=rep,
        problem=problem,
        visitor=None,
    )


def _own_path(path: str) -> str:
    """Return a path of ours, wherever somebody wanted to be sent."""
    is_ours = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if is_ours and path.isprintable() else "/"


PAGES: Final = (
    desk_page,
    floor_page,
    targets,
    transfer,
    resume,
    note,
    sign_in_page,
    sign_in_post,
    sign_out,
)
