"""`portal init`: a school's installation, from a few answers or from options alone."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import click

from dashboards.commands import DAY, data, show_code
from portal_core.domain.school import Calendar, DayKind, Term
from portal_core.errors import BadInput
from portal_core.services import installation
from portal_core.services.school import bank_holidays


def _zone(_: click.Context, __: click.Parameter, value: str) -> str:
    if value not in available_timezones():
        raise click.BadParameter("no such time zone; Europe/London is that of the United Kingdom")
    return value


def _https(_: click.Context, __: click.Parameter, value: str) -> str:
    if not value.startswith("https://"):
        raise click.BadParameter("it begins with https://; plain HTTP is for the demo")
    return value


@click.command()
@data
@click.option("--school", prompt="The school's name")
@click.option("--zone", default="Europe/London", prompt="Its time zone", callback=_zone)
@click.option("--email", prompt="The office's e-mail address, shown on every page")
@click.option("--telephone", prompt="The office's telephone number, shown on every page")
@click.option("--address", default="", help="The school's postal address, for letters.")
@click.option("--origin", prompt="The address that parents will type (https://…)", callback=_https)
@click.option("--administrator", nargs=2, metavar="FORENAME SURNAME", help="The first administrator.")
@click.option(
    "--term",
    "terms",
    type=(str, DAY, DAY),
    multiple=True,
    metavar="NAME FIRST LAST",
    help="A term or half-term with its first and last day in school (2026-09-01). Repeat it for each.",
)
@click.option(
    "--closed",
    type=(DAY, click.Choice([str(kind) for kind in DayKind])),
    multiple=True,
    metavar="DAY WHY",
    help="A weekday within a term without school. Bank holidays of England are known.",
)
@click.option("--database", default="", help="A PostgreSQL URL (postgresql://…); without it SQLite in the data folder.")
@click.option("--proxy", is_flag=True, help="A proxy in front ends TLS.")
@click.option(
    "--certificate", type=click.Path(exists=True, dir_okay=False, resolve_path=True), help="TLS certificate (PEM)."
)
@click.option("--key", type=click.Path(exists=True, dir_okay=False, resolve_path=True), help="Its private key (PEM).")
def init(
    folder: Path, school: str, zone: str, email: str, telephone: str, address: str, origin: str,
    administrator: tuple[str, str] | None, terms: tuple[tuple[str, datetime, datetime], ...],
    closed: tuple[tuple[datetime, str], ...], database: str, proxy: bool, certificate: str | None, key: str | None,
) -> None:  # fmt: skip
    """Make a school's installation: settings, key, database, first administrator."""
    forename, surname = administrator or (
        click.prompt("The first administrator's forename"),
        click.prompt("… and surname"),
    )
    calendar = _calendar(list(terms) or _asked_terms(), closed)
    told: dict[str, str | int | bool] = {"origin": origin, "proxy": proxy}
    told |= {
        name: value for name, value in (("database", database), ("certificate", certificate), ("key", key)) if value
    }
    settings, code = installation.found(
        folder, told, calendar=calendar, administrator=(forename, surname),
        school={"name": school, "zone": zone, "email": email, "telephone": telephone, "address": address},
    )  # fmt: skip
    click.echo(f"{school} is set up in {folder}. The first administrator's way in, shown this once:\n")
    show_code(code, f"{settings.origin}/activate", ZoneInfo(zone))
    click.echo("\nKeep secret_key apart from backups: it seals second factors, and no backup holds it.")
    click.echo("Next: `portal doctor`, then `portal serve`. Reading on: docs/operations.md")


def _asked_terms() -> list[tuple[str, datetime, datetime]]:
    click.echo("Terms and half-terms, each with its first and last day in school; an empty name ends the list.")
    terms: list[tuple[str, datetime, datetime]] = []
    while name := click.prompt("Name, such as “Autumn, first half”", default="", show_default=False):
        terms.append((name, click.prompt("  First day (YYYY-MM-DD)", type=DAY), click.prompt("  Last day", type=DAY)))
    return terms


def _calendar(terms: list[tuple[str, datetime, datetime]], closed: tuple[tuple[datetime, str], ...]) -> Calendar:
    if not terms:
        raise BadInput("Give at least one term with --term NAME FIRST LAST; without terms no day is a school day.")
    named = tuple(
        sorted((Term(name, first.date(), last.date()) for name, first, last in terms), key=lambda t: t.begins)
    )
    days = {day: DayKind.BANK_HOLIDAY for term in named for day in bank_holidays(term.begins, term.ends)}
    return Calendar(named, days | {day.date(): DayKind(why) for day, why in closed})
