"""Who may see the dashboard: whoever knows the token. Voilà itself would show a page that asks for a login."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import Finish

# In both languages: a stranger's is not known. No name of plan or place: the page is for nobody in particular.
REFUSAL = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>403</title>
<meta name="viewport" content="width=device-width"></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em; line-height: 1.6">
<p>缺少访问令牌。请使用启动时在终端显示的完整网址（以 <code>?token=…</code> 结尾）。</p>
<p lang="en">The token is missing or wrong. Use the whole address as it was printed in the terminal at the start; it ends
in <code>?token=…</code>.</p>
</body></html>
"""


class Door(IdentityProvider):
    """Answer 403, and say what is missing, to every request without the token or the cookie that it leaves."""

    async def get_user(self, handler: Any) -> User:
        """Return the visitor, or refuse."""
        user = await self._get_user(handler)
        if user is None:
            # Not as an error: the error pages of Voilà ask who the visitor is, and fail.
            handler.set_status(403)
            handler.set_header("Content-Type", "text/html; charset=utf-8")
            raise Finish(REFUSAL)
        return user
