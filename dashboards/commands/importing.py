"""`portal import`: a folder of the MIS's exports, previewed, then entered as a whole. Made to run from cron.

Exit codes: 0 entered, or nothing new in the files; 1 not entered, and the sentence says why; 3 entered, with rows left for a
person to look at; 4 another import is running.
"""

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import click

from dashboards.commands import data, given_time
from portal_core.errors import BadInput
from portal_core.importers import Files, HeaderMap, read_folder
from portal_core.services import imports
from portal_core.services.imports import Report
from portal_core.services.installation import COMMAND_LINE, opened

LEFT_FOR_A_PERSON, ANOTHER_RUNS = 3, 4
SHOWN = 20  # lines of each list, unless all are asked for


@click.command("import")
@data
@click.argument("exports", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--map",
    "header_map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file that says which header is which: [pupils] born_on = “Birthday”; a number is a column's place.",
)
@click.option(
    "--as-of", default="", metavar="TIME", help="When the MIS gave the files, by the school's clock; now if not given."
)
@click.option("--full", is_flag=True, help="The files name everybody: pupils who are missing are proposed as leavers.")
@click.option("--preview", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Enter without asking, as from cron.")
@click.option(
    "--most-leaving",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Stop if a larger share of pupils or connections would leave or lose responsibility.",
)
@click.option("--all", "everything", is_flag=True, help="Show every line that was refused or remarked on.")
@click.pass_context
def import_(
    ctx: click.Context, folder: Path, exports: Path, header_map: Path | None, as_of: str, full: bool, preview: bool,
    yes: bool, most_leaving: float, everything: bool,
) -> None:  # fmt: skip
    """Enter a school's exports (CSV) from the folder EXPORTS, after a preview. No import gives anybody sight of a child."""
    with opened(folder) as one, _alone(ctx, one.settings.folder / "import.lock"):
        store = one.store
        zone = ZoneInfo(store.settings(store.clock()).zone)
        files = read_folder(exports, _read_map(header_map), zone=zone)
        given: dict[str, Any] = {
            "by": COMMAND_LINE,
            "files": files,
            "full": full,
            "as_of": given_time(as_of, zone) if as_of else None,
        }
        if preview or not yes:
            _show(files, report := imports.preview(store, at=store.moment(), **given), everything)
            if preview or report.repeated:
                return
            if not click.confirm("Enter this?"):
                click.echo("Nothing was changed.")
                return
        marks = sum(len(reading.rows) for reading in files.readings if "marks" in reading.kind)
        with click.progressbar(length=marks, label="Entering marks", file=sys.stderr) as bar:
            report = imports.import_files(
                store, at=store.moment(), most_leaving=most_leaving, progress=bar.update, **given
            )
        if yes:
            _show(files, report, everything)
        click.echo("These files have been entered before; nothing was changed." if report.repeated else "Entered.")
    ctx.exit(LEFT_FOR_A_PERSON if report.refused or report.gaining else 0)


def _show(files: Files, report: Report, everything: bool) -> None:
    for taken in files.taken:
        click.echo(f"{taken.file}: {taken.kind} (known by its {taken.by}), {report.encodings.get(taken.file, '')}")
    for left in files.left:
        click.echo(f"{left.file}: left out, {left.by}")
    if report.repeated:
        click.echo("These files have been entered before: nothing would change.")
    for kind, found in report.changes.items():
        leaving = f", {found.leaving} leaving or losing responsibility" if found.leaving else ""
        click.echo(f"{kind}: {found.new} new, {found.changed} changed, {found.unchanged} as before{leaving}")
    if report.unknown_codes:
        codes = ", ".join(f"“{code}” {number} times" for code, number in report.unknown_codes.most_common())
        click.echo(f"Codes that mean nothing on their day, and count in no figure: {codes}")
    _list("Rows refused", [f"{file}, line {line}: {why}" for file, line, why in report.refused], everything)
    _list("Remarks", [f"{file}, line {line}: {why}" for file, line, why in report.remarks], everything)
    _list(
        "Would see a child, once staff have verified it",
        [f"adult {a}, pupil {p}" for a, p in report.gaining],
        everything,
    )
    _list("Lose sight of a child", [f"adult {a}, pupil {p}" for a, p in report.losing], everything)


def _list(what: str, lines: list[str], everything: bool) -> None:
    if lines:
        click.echo(f"{what}: {len(lines)}")
        for line in lines if everything else lines[:SHOWN]:
            click.echo(f"  {line}")
        if len(lines) > SHOWN and not everything:
            click.echo(f"  … and {len(lines) - SHOWN} more; --all shows them")


def _read_map(path: Path | None) -> HeaderMap | None:
    if path is None:
        return None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInput(f"The header map {path.name} cannot be read: {fault}") from None


@contextmanager
def _alone(ctx: click.Context, path: Path) -> Iterator[None]:
    """While nobody else imports; the lock goes with the process, however it ends."""
    with path.open("a") as file:
        try:
            _lock(file)
        except OSError:
            click.echo("portal: Another import is running. Nothing was changed; try again when it is done.", err=True)
            ctx.exit(ANOTHER_RUNS)
        yield


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
