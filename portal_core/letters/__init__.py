"""Letters and records as tagged PDFs, set by typst from templates beside the code; data reaches a template as JSON alone."""

from portal_core.letters.activation import LetterData, activation_letter
from portal_core.letters.record import Record, Section, record_csv, record_pdf

__all__ = ["LetterData", "Record", "Section", "activation_letter", "record_csv", "record_pdf"]
