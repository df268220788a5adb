"""`portal school`: what a school changes about itself once it is set up: settings, calendar, wording."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from dashboards.commands import DAY, data
from portal_core.domain.school import DayKind
from portal_core.errors import BadInput
from portal_core.services import school as services
from portal_core.services.calendar import calendar_of
from portal_core.services.installation import COMMAND_LINE, opened


@click.group()
def school() -> None:
    """Change the school's settings, calendar and wording."""


@school.command()
@data
def show(folder: Path) -> None:
    """Show settings and calendar as they are now."""
    with opened(folder) as one:
        at = one.store.moment()
        for key, value in asdict(one.store.settings(at.instant)).items():
            click.echo(f"{key:28} {'none' if value is None else value}")
        with one.store.reading_as(COMMAND_LINE, at) as session:
            calendar = calendar_of(session)
            categories = services.categories(session)
    for term in calendar.terms:
        click.echo(f"{'term':28} {term.begins} to {term.ends}  {term.name}")
    for day, kind in sorted(calendar.closed.items()):
        click.echo(f"{'closed':28} {day}  {kind}")
    for category in categories:
        click.echo(f"{'category':28} {category.name} ({category.kind}): {category.meaning or 'not explained'}")


@school.command("set")
@data
@click.argument("key")
@click.argument("value")
def set_(folder: Path, key: str, value: str) -> None:
    """Give the setting KEY a new VALUE, from now on: `portal school set contact_from 10:15`."""
    with opened(folder) as one:
        services.set_setting(one.store, by=COMMAND_LINE, at=one.store.moment(), key=key, value=value)
    click.echo(f"{key} is {value} from now on." + (" Start `portal serve` again." if key == "zone" else ""))


@school.command()
@data
@click.argument("name")
@click.argument("first", type=DAY)
@click.argument("last", type=DAY)
def term(folder: Path, name: str, first: datetime, last: datetime) -> None:
    """Add a term or half-term: its NAME, FIRST and LAST day with pupils in school."""
    with opened(folder) as one:
        services.add_term(
            one.store, by=COMMAND_LINE, at=one.store.moment(), name=name, begins=first.date(), ends=last.date()
        )
    click.echo(f"{name}: {first:%d %B %Y} to {last:%d %B %Y}, its bank holidays closed.")


@school.command("remove-term")
@data
@click.argument("first", type=DAY)
def remove_term(folder: Path, first: datetime) -> None:
    """Take back the term whose FIRST day is this, so that it can be entered as it should be."""
    with opened(folder) as one:
        name = services.remove_term(one.store, by=COMMAND_LINE, at=one.store.moment(), begins=first.date())
    click.echo(f"{name}, from {first:%d %B %Y}, is taken back.")


@school.command()
@data
@click.argument("day", type=DAY)
@click.argument("why", type=click.Choice([*map(str, DayKind), "open"]))
def close(folder: Path, day: datetime, why: str) -> None:
    """Say that there is no school on DAY, and WHY; `open` makes it an ordinary day again."""
    kind = None if why == "open" else DayKind(why)
    with opened(folder) as one:
        services.close_day(one.store, by=COMMAND_LINE, at=one.store.moment(), day=day.date(), kind=kind)
    click.echo(f"{day:%A %d %B %Y}: {why}.")


@school.command()
@data
@click.argument("name")
@click.argument("meaning")
def category(folder: Path, name: str, meaning: str) -> None:
    """Say what points of the category NAME are given for: MEANING, as parents read it; "" leaves it to the MIS."""
    with opened(folder) as one:
        at = one.store.moment()
        with one.store.reading_as(COMMAND_LINE, at) as session:
            named = {category.name: category.id for category in services.categories(session)}
        if name not in named:
            raise BadInput(f"There is no category called {name}. `portal school show` lists them.")
        services.word_category(one.store, by=COMMAND_LINE, at=at, category=named[name], meaning=meaning)
    click.echo(f"{name}: {meaning or 'as the MIS words it'}")


@school.command()
@data
@click.argument("what", type=click.Choice(["policy", "notice"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--correction", is_flag=True, help="Only mends the version before: nobody has to accept it anew.")
def publish(folder: Path, what: str, file: Path, correction: bool) -> None:
    """Publish the next version of the policy or the privacy notice, from a FILE in Markdown."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{file.name} is not a text in UTF-8.") from None
    with opened(folder) as one:
        by, at = COMMAND_LINE, one.store.moment()
        if what == "notice":
            number = services.publish_notice(one.store, by=by, at=at, text=text)
        else:
            number = services.publish_policy(one.store, by=by, at=at, text=text, must_accept=not correction)
    click.echo(f"Published: version {number} of the {what}.")
