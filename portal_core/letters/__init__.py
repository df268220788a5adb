"""Letters as tagged PDFs, set by typst from templates beside the code; data reaches a template as JSON alone."""

from portal_core.letters.activation import LetterData, activation_letter

__all__ = ["LetterData", "activation_letter"]
