"""Row-level security on PostgreSQL: the role that parents are read as finds only pupils whom the access rule admits."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

READABLE = (
    "pupil birth enrolment connection staff pastoral_charge pupil_consent account_status policy_version notice_version "
    "acceptance restriction restricted_pupil investigation investigated_pupil mark mark_amendment lesson_mark point category "
    "school_setting term closed_day received_register import_run"
)
OWN = (
    "connection pupil_consent acceptance restriction account"  # what the session's filter asks of the adult themselves
)
ADMITTED = Path(__file__).with_suffix(".sql").read_text()  # store/admitted.py as it was then
ADULT = "NULLIF(current_setting('portal.adult', true), '')::integer"
ASKED = (
    f"{ADULT}, NULLIF(current_setting('portal.at', true), '')::timestamptz, "
    "NULLIF(current_setting('portal.day', true), '')::date, NULLIF(current_setting('portal.of_age', true), '')::date"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return  # SQLite has one reader, the program itself; there the ORM filter stands alone
    op.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_parent') THEN "
        "CREATE ROLE portal_parent NOLOGIN; END IF; END $$"
    )
    op.execute(  # whoever may not grant it has been granted it already, or is told
        "DO $$ BEGIN GRANT portal_parent TO CURRENT_USER; EXCEPTION WHEN insufficient_privilege THEN "
        "IF NOT pg_has_role(CURRENT_USER, 'portal_parent', 'MEMBER') THEN RAISE; END IF; END $$"
    )
    op.execute(f"GRANT SELECT ON {', '.join(READABLE.split())} TO portal_parent")
    op.execute("GRANT SELECT (id, adult_id) ON account TO portal_parent")
    for table in OWN.split():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} FOR SELECT TO portal_parent USING (adult_id = {ADULT})")
    op.execute(
        "CREATE FUNCTION portal_admitted(integer, timestamptz, date, date) RETURNS SETOF integer "
        f"LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $body$ {ADMITTED} $body$"
    )
    for table, key in (("pupil", "id"), *((t, "pupil_id") for t in ("birth", "enrolment"))):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY admitted ON {table} FOR SELECT TO portal_parent "
            f"USING ({key} IN (SELECT portal_admitted({ASKED})))"
        )
    for table in ("mark", "mark_amendment", "lesson_mark", "point"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY admitted ON {table} FOR SELECT TO portal_parent USING (pupil_id IN "
            f"(SELECT portal_admitted({ASKED})) AND public_from <= NULLIF(current_setting('portal.at', true), '')::timestamptz)"
        )
