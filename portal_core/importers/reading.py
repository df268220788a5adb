"""What was read from one file: its rows, and all that a person needs to judge them before anything enters."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from portal_core.importers.rows import Refusal, Remark

R = TypeVar("R")


@dataclass(slots=True)
class Reading(Generic[R]):
    """One file, read whole; `data_rows` = len(rows) + len(refused) + repeated + blank_marks."""

    kind: str
    file: str  # its name, without the folder
    encoding: str  # as shown to a person; "(guessed)" where only the bytes spoke for it
    columns: dict[str, str]  # field: the header it was read from
    zone: ZoneInfo  # the clock that times in the file are by
    digest: str  # of its bytes, so that a repeat is recognised
    written: datetime  # when the file was last written, in UTC
    rows: list[R] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    unknown_codes: Counter[str] = field(default_factory=Counter)  # register codes that mean nothing on their day
    data_rows: int = 0
    repeated: int = 0  # rows that say again, word for word, what an earlier one said
    blank_marks: int = 0  # rows whose mark is not entered yet
    accented: str = ""  # a text beyond ASCII, to judge the encoding by
    unread: set[tuple[str, ...]] = field(
        default_factory=set
    )  # whom rows that were left out are about: they are not missing
    torn: bool = False  # a row was left out that does not say whom it is about: nobody can be called missing

    def refuse(self, line: int, why: str, ids: tuple[str, ...] = ()) -> None:
        """Leave a row out; `ids` say whom it is about, where that can be read."""
        self.refused.append(Refusal(self.file, line, why))
        self.torn |= not ids or not all(ids)
        self.unread.add(ids)

    def remark(self, line: int, why: str) -> None:
        """Take a row, and ask a person to look at it."""
        self.warnings.append(Remark(self.file, line, why))
