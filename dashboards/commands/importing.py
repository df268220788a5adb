"""`portal import`: the MIS's exports, previewed, then entered as a whole. Made to run from cron as well as by hand.

Exit codes: 0 entered, or nothing new in the files; 1 not entered, and the sentence says why; 2 the command itself was mistyped;
3 entered, with rows or files left for a person to look at, or a report that has lost its column of court orders; 4 another
import is running; 5 not entered, since more would leave or change than the share set, or many people have come under other ids.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from dashboards.commands import data, given_time, locks
from portal_core.errors import ImportStopped
from portal_core.importers import Files, read_files, read_map
from portal_core.services import imports
from portal_core.services.imports import Report
from portal_core.services.installation import COMMAND_LINE, Installation, opened

LEFT_FOR_A_PERSON, ANOTHER_RUNS, TOO_MUCH = 3, 4, 5
SHOWN = 20  # lines of each list, unless all are asked for
Existing = click.Path(exists=True, path_type=Path)


def share(name: str, default: float, words: str) -> Any:
    """An option for a share of the rows on record, 0 to 1."""
    return click.option(name, type=click.FloatRange(0, 1), default=default, show_default=True, help=words)


@click.command("import")
@data
@click.argument("exports", nargs=-1, required=True, type=Existing, metavar="FILES…")
@click.option(
    "--map",
    "header_map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file that says which header is which: [pupils] born_on = “Birthday”; a number is a column's place.",
)
@click.option(
    "--as-of",
    default="",
    metavar="TIME",
    help="When the MIS gave the files, by the school's clock, if not when they were written.",
)
@click.option("--full", is_flag=True, help="The files name everybody: pupils who are missing are proposed as leavers.")
@click.option("--preview", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Enter without asking, as from cron.")
@share(
    "--most-leaving", 0.1, "Stop if a larger share of staff, pupils or connections would leave or lose responsibility."
)
@share("--most-changing", 0.5, "Stop if a larger share of the rows on record would change.")
@click.option("--all", "everything", is_flag=True, help="Show every line that was refused or remarked on.")
@click.pass_context
def import_(
    ctx: click.Context, folder: Path, exports: tuple[Path, ...], header_map: Path | None, as_of: str, everything: bool,
    preview: bool, yes: bool, **how: Any,
) -> None:  # fmt: skip
    """Enter a school's exports (CSV), files or folders, after a preview. No import gives anybody sight of a child."""
    with opened(folder) as one, _alone(ctx, one.settings.folder / "import.lock"):
        zone = one.store.moment().zone
        click.echo("Reading the files …", err=True)
        files = read_files(exports, header_map and read_map(header_map), zone=zone)
        how["as_of"] = given_time(as_of, zone) if as_of else min(files.written, one.store.clock())
        if preview or not yes:
            report = _run(imports.preview, one, files, how, "Looking")
            _show(files, report, zone, everything, names=True)
            if preview or report.repeated or report.stops:
                ctx.exit(TOO_MUCH if report.stops else 0)
            if not click.confirm("Enter this?"):
                click.echo("Nothing was changed.")
                return
        try:
            report = _run(imports.import_files, one, files, how, "Entering")
        except ImportStopped as stopped:
            click.echo(f"portal: {stopped}", err=True)
            ctx.exit(TOO_MUCH)
        if yes:
            _show(files, report, zone, everything)
        click.echo("These files have been entered before; nothing was changed." if report.repeated else "Entered.")
    ctx.exit(LEFT_FOR_A_PERSON if report.refused or report.doubtful or report.gaining or files.left else 0)


def _run(verb: Any, one: Installation, files: Files, how: dict[str, Any], label: str) -> Report:
    """With a bar for what takes longest, on standard error."""
    marks = sum(len(reading.rows) for reading in files.readings if "marks" in reading.kind)
    label = f"{label} {marks:,} marks" if marks else label
    with click.progressbar(length=marks, label=label, file=sys.stderr) as bar:
        report: Report = verb(
            one.store, by=COMMAND_LINE, at=one.store.moment(), files=files, progress=bar.update, **how
        )
    return report


def _show(files: Files, report: Report, zone: ZoneInfo, everything: bool, *, names: bool = False) -> None:
    """What a person judges it by. A night's output is kept: no `names` in it, not even the one that shows a guess right."""
    for taken, reading in zip(files.taken, files.readings, strict=True):
        shown = f", such as “{reading.accented}”" if names and reading.accented else ""
        click.echo(f"{taken.file}: {taken.kind} (known by its {taken.by}), {reading.encoding}{shown}")
    for left in files.left:
        click.echo(f"{left.file}: left out, {left.by}")
    click.echo(f"Data as of {report.as_of.astimezone(zone):%d %B %Y, %H:%M}")
    if report.repeated:
        click.echo("These files have been entered before: nothing would change.")
    for kind, found in report.changes.items():
        leaving = f", {found.leaving} leaving or losing responsibility" if found.leaving else ""
        click.echo(f"{kind}: {found.new} new, {found.changed} changed, {found.unchanged} as before{leaving}")
    if report.unknown_codes:
        codes = ", ".join(f"“{code}” {number} times" for code, number in report.unknown_codes.most_common())
        click.echo(f"Codes that mean nothing on their day, and count in no figure: {codes}")
    places = {"Rows refused": report.refused, "For a person to look at": report.doubtful, "Remarks": report.remarks}
    sights = {
        "Gain sight of a child, once staff have verified it anew": report.gaining,
        "Lose sight of a child": report.losing,
    }
    for what, lines in places.items():
        _list(what, [f"{file}, line {line}: {why}" for file, line, why in lines], everything)
    for what, pairs in sights.items():
        _list(what, [f"adult {adult}, pupil {pupil}" for adult, pupil in pairs], everything)
    for why in report.stops:
        click.echo(f"{'Not to be entered' if report.other_ids else 'Not to be entered unseen'}: {why}")


def _list(what: str, lines: list[str], everything: bool) -> None:
    if lines:
        click.echo(f"{what}: {len(lines)}")
        for line in lines if everything else lines[:SHOWN]:
            click.echo(f"  {line}")
        if len(lines) > SHOWN and not everything:
            click.echo(f"  … and {len(lines) - SHOWN} more; --all shows them")


@contextmanager
def _alone(ctx: click.Context, path: Path) -> Iterator[None]:
    """While nobody else imports; the lock goes with the process, however it ends."""
    with path.open("a") as file:
        try:
            locks.take(file)
        except OSError:
            click.echo("portal: Another import is running. Nothing was changed; try again when it is done.", err=True)
            ctx.exit(ANOTHER_RUNS)
        yield
