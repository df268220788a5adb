"""The audit as it is written: appended without a fork, whoever writes; and views, that are on disk before anybody sees a thing."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from portal_core.audit.log import append, verify_log
from portal_core.audit.views import View, Views
from portal_core.domain.clauses import Clause, Verb
from portal_core.store.school import AuditEntry

AT = datetime(2026, 3, 12, 11, tzinfo=UTC)


def written(engine):
    with engine.connect() as connection:
        return verify_log(connection)[0]


@pytest.mark.clause(Clause.SEC_4)
def test_many_writers_at_once_make_one_chain(engine):
    """Threads with connections of their own, as processes have; each entry is there and the chain verifies."""
    begin = threading.Barrier(6)

    def write(writer):
        begin.wait()
        for number in range(10):
            with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection, connection.begin():
                append(connection, [(AT, f"staff:{writer}", Verb.VIEWED, number, {"n": number})] * 2)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert written(engine) == 120


def test_what_is_rolled_back_was_never_there(engine):
    with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection:
        with connection.begin() as transaction:
            append(connection, [(AT, "staff:1", Verb.VIEWED, None, {})])
            transaction.rollback()
        with connection.begin():
            append(connection, [(AT, "staff:2", Verb.VIEWED, None, {})])
    assert written(engine) == 1


def view(number):
    return View(AT, f"adult:{number}", Verb.VIEWED, number, {"what": "/parent"})


@pytest.mark.clause(Clause.SEC_4)
def test_a_view_is_on_disk_when_the_wait_for_it_ends(engine):
    """Many at once share a commit, and each finds its own there."""
    views = Views(engine)

    async def one(number):
        await views.recorded(view(number))
        with engine.connect() as connection:
            return connection.scalar(
                select(func.count()).select_from(AuditEntry.__table__).where(AuditEntry.pupil_id == number)
            )

    async def all_of_them():
        return await asyncio.gather(*(one(number) for number in range(40)))

    assert asyncio.run(all_of_them()) == [1] * 40
    views.close()
    assert written(engine) == 40


@pytest.mark.clause(Clause.SEC_4)
def test_a_view_that_cannot_be_written_fails_everyone_who_waits_and_later_ones_go_on(engine):
    views = Views(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO elsewhere"))

    async def failing():
        return await asyncio.gather(*(views.recorded(view(number)) for number in range(5)), return_exceptions=True)

    assert [isinstance(answer, Exception) for answer in asyncio.run(failing())] == [True] * 5
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO audit_entry"))

    async def again():
        await views.recorded(view(6))

    asyncio.run(again())
    views.close()
    assert written(engine) == 1


def test_what_was_handed_in_is_written_before_it_closes(engine):
    views = Views(engine)

    async def hand_in():
        for number in range(20):
            views.recorded(view(number))
        await asyncio.to_thread(views.close)

    asyncio.run(hand_in())
    assert written(engine) == 20
