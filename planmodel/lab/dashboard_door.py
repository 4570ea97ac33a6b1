"""Who may see the dashboard: whoever knows the token. Voilà itself would show a page that asks for a login."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import HTTPError


class Door(IdentityProvider):
    """Answer 403 to every request without the token or the cookie that it leaves."""

    async def get_user(self, handler: Any) -> User:
        """Return the visitor, or refuse."""
        user = await self._get_user(handler)
        if user is None:
            raise HTTPError(403, "This page needs the address with its token, as it was printed.")
        return user
