"""Who may see the dashboard: whoever knows the token. Voilà itself would show a page that asks for a login."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import Finish

from planmodel.base.messages import catalogue, languages, text

# No name of plan or place: the page is for nobody in particular.
PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>403</title>
<meta name="viewport" content="width=device-width"></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em; line-height: 1.6">
{refusals}
</body></html>
"""
ENDING = "<code>?token=…</code>"


def refusal() -> str:
    """Return what a stranger is told, in every language that says it: which one is theirs is not known."""
    said = (
        f'<p lang="{text("html_lang", lang)}">{text("bench_no_token", lang, ending=ENDING)}</p>'
        for lang in languages()
        if "bench_no_token" in catalogue(lang)
    )
    return PAGE.format(refusals="\n".join(said))


class Door(IdentityProvider):
    """Answer 403, and say what is missing, to every request without the token or the cookie that it leaves."""

    async def get_user(self, handler: Any) -> User:
        """Return the visitor, or refuse."""
        user = await self._get_user(handler)
        if user is None:
            # Not as an error: the error pages of Voilà ask who the visitor is, and fail.
            handler.set_status(403)
            handler.set_header("Content-Type", "text/html; charset=utf-8")
            raise Finish(refusal())
        return user
