"""What a route is given when it names it in its arguments."""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from switch.desk.web.desk import Desk
from switch.desk.web.signing import Visitor
from switch.desk.web.windows import Windows

TheDesk = NamedDependency[SkipValidation[Desk]]
"""What every route needs."""
TheVisitor = NamedDependency[SkipValidation[Visitor]]
"""The rep who has signed in; if nobody has, the route is not called."""
TheWindows = NamedDependency[SkipValidation[Windows]]
"""What makes the parts of a page."""
