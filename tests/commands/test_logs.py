"""The log: a line of JSON for each event, and nothing in it that a fault had in hand."""

import json
import subprocess
import sys
import textwrap

FAULTS = """
    import logging
    from sqlalchemy import create_engine, text
    from dashboards.logs import log_to_stderr

    log_to_stderr("info")
    log = logging.getLogger("portal")
    log.info("begun")
    log.debug("too small to be told")

    def sign_in(password):
        raise ValueError(f"no such password as {password}")

    try:
        sign_in("Secretpassword")
    except ValueError:
        log.exception("a fault of ours")
    try:
        with create_engine("sqlite://").connect() as connection:
            connection.execute(text("SELECT * FROM adult WHERE surname = :name"), {"name": "Secretname"})
    except Exception:
        log.exception("a fault of the database")
    try:
        try:
            sign_in("Secretpassword")
        except ValueError as fault:
            raise RuntimeError("Secretcause") from fault
    except RuntimeError:
        log.exception("a fault with a cause")
"""


def test_a_fault_is_told_by_its_kind_and_place_without_a_value():
    """Neither local variables nor an error's own text, which quotes passwords and statements' parameters."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(FAULTS)], capture_output=True, text=True, check=True)

    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["event"] for event in events] == [
        "begun", "a fault of ours", "a fault of the database", "a fault with a cause",
    ]  # fmt: skip
    assert {event["logger"] for event in events} == {"portal"}
    kinds = [event["exception"][0]["exc_type"] for event in events if "exception" in event]
    assert kinds == ["ValueError", "OperationalError", "RuntimeError"]
    assert events[1]["exception"][0]["frames"][-1]["name"] == "sign_in"
    assert "secret" not in done.stderr.casefold()
