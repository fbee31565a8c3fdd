"""What a route is given when it names it in its arguments."""

from __future__ import annotations

from typing import Annotated

from litestar.params import Dependency

from switch.desk.web.desk import Desk
from switch.desk.web.signing import Visitor
from switch.desk.web.windows import Windows

TheDesk = Annotated[Desk, Dependency(skip_validation=True)]
"""What every route needs."""
TheVisitor = Annotated[Visitor, Dependency(skip_validation=True)]
"""The rep who has signed in; if nobody has, the route is not called."""
TheWindows = Annotated[Windows, Dependency(skip_validation=True)]
"""What makes the parts of a page."""
