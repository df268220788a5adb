"""The pages of one's own account, for the server's table."""

from typing import Any

from dashboards.account import download, forgotten, own, proving, signins
from dashboards.pages.signin import Desk


def routes(desk: Desk) -> list[tuple[Any, ...]]:
    """Under /account for whoever is signed in; the ways back in for everyone."""
    named = {"desk": desk}
    return [
        (r"/account", own.Overview, named),
        (r"/account/policy", own.Agreements, named),
        (r"/account/opened", own.WhatIOpened, named),
        (r"/account/password", proving.Password, named),
        (r"/account/second-step", proving.SecondStep, named),
        (r"/account/email", proving.Email, named),
        (r"/account/sign-ins", signins.SignIns, named),
        (r"/account/not-me", signins.NotMe, named),
        (r"/account/download", download.Download, named),
        (r"/account-ended", signins.Ended),
        (r"/forgotten", forgotten.Forgotten, named),
        (r"/reset", forgotten.Reset, named),
        (r"/email", forgotten.ConfirmEmail, named),
    ]
