"""The unique pupil number: a check letter, the authority and school that gave it, the year, a serial.

Faults are for a person to look at: a pupil with a faulty number is still a pupil.
"""

import re

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_SHAPE = re.compile(f"[{LETTERS}][0-9]{{11}}[0-9{LETTERS}]")

AUTHORITIES = frozenset(
    number
    for first, last in (
        *((201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384), (390, 394), (420, 420)),
        *((660, 681), (800, 803), (805, 808), (810, 813), (815, 816), (820, 823), (825, 826), (830, 831), (835, 841)),
        *((845, 846), (850, 852), (855, 857), (860, 861), (865, 896), (908, 909), (916, 916), (919, 919), (921, 921)),
        *((925, 926), (928, 929), (931, 931), (933, 933), (935, 938), (940, 943)),
    )
    for number in range(first, last + 1)
)
"""Local authorities of England and Wales, those since dissolved included: a number outlives the authority that gave it."""


def check_letter(body: str) -> str:
    """The letter that belongs before twelve characters; a letter in the last place (a temporary number) counts as its index."""
    values = (int(c) if c.isdigit() else LETTERS.index(c) for c in body)
    return LETTERS[sum(place * value for place, value in enumerate(values, start=2)) % 23]


def is_shaped(upn: str) -> bool:
    """Whether it has the form of a number, rather than being a placeholder."""
    return _SHAPE.fullmatch(upn) is not None


def is_temporary(upn: str) -> bool:
    """Whether a school gave it until the pupil's own was known: it ends in a letter."""
    return is_shaped(upn) and upn[-1].isalpha()


def fault(upn: str) -> str | None:
    """What is wrong with a number, in words; None if nothing is."""
    if not is_shaped(upn):
        return "the UPN is not a letter, eleven digits and a digit or letter"
    if upn[0] != check_letter(upn[1:]):
        return f"the UPN's check letter is {upn[0]}, its digits ask for {check_letter(upn[1:])}"
    if int(upn[1:4]) not in AUTHORITIES:
        return f"the UPN names authority {upn[1:4]}, which is not on the list"
    return None
