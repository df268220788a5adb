"""A run in a process of its own, which a test kills: python -m tests.services.intake_process <url> <login> <intake> <instant>."""

import sys
from datetime import datetime

from portal_core.services import intake
from portal_core.store.base import open_engine
from portal_core.store.facts import about_logins
from portal_core.store.scope import Store

PORTAL = "https://portal.millbrook.example"

if __name__ == "__main__":
    url, login, run, instant = sys.argv[1:]
    store = Store(open_engine(url), lambda: datetime.fromisoformat(instant))
    with store.engine.connect() as connection:
        by = about_logins(connection, [int(login)], store.clock()).principals[int(login)]
    while intake.go_on(store, by=by, at=store.moment(), intake=int(run), most=1):
        pass
    intake.letters(store, by=by, at=store.moment(), intake=int(run), portal=PORTAL)
    sys.stdin.read()  # the letters are made and nobody has them: wait to be killed
