"""The demo school's pupils and the adults around them: together, apart, alone, grandparents, some with questions open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from portal_core.demo.names import HERITAGES, PLACES, STREETS, Heritage, gendered, plain_letters
from portal_core.demo.staff import FORMS, YEARS
from portal_core.importers.upn import check_letter

FORM_SIZE = 30


@dataclass(slots=True)
class Child:
    """A pupil of the demo school."""

    pupil_id: str
    upn: str
    forename: str
    surname: str
    born_on: date
    year: int
    form: str
    joined: date
    left: date | None = None
    calm: bool = False  # of a family with a part to play: no pattern of absence may get in its way


@dataclass(frozen=True, slots=True)
class Grownup:
    """An adult as the contacts report shows them."""

    adult_id: str
    title: str
    forename: str
    surname: str
    email: str
    telephone: str
    address: tuple[str, str, str]  # house and street, town, postcode


@dataclass(frozen=True, slots=True)
class Tie:
    """A line of the contacts report; `responsibility` as a MIS writes it: T, F or blank."""

    adult: Grownup
    relationship: str
    responsibility: str
    court_order: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """Children of one household and every adult on their contacts list, the first to ring first."""

    children: tuple[Child, ...]
    ties: tuple[Tie, ...]


@dataclass(slots=True)
class Town:
    """Where people come from: hands out ids, addresses and places in forms."""

    seed: int
    begins: date  # the school year's 1 September
    chance: Random = field(init=False)
    places: dict[int, list[str]] = field(init=False)
    _pupils: int = 104_000
    _adults: int = 30_000
    _serials: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.seed}:families")
        self.places = {
            year: [form for form in FORMS if form[:-1] == str(year) for _ in range(FORM_SIZE)] for year in YEARS
        }
        for forms in self.places.values():
            self.chance.shuffle(forms)

    def child(self, heritage: Heritage, surname: str, year: int, form: str = "", name: str = "") -> Child:
        """A pupil in a place of that year; a form or name given is that of a family with a part to play."""
        forms = self.places[year]
        form = form or forms[-1]
        forms.remove(form)
        self._pupils += 1
        woman = self.chance.random() < 0.5
        cohort = self.begins.year - year
        serial = self._serials[cohort] = self._serials.get(cohort, 0) + 1
        # The authority was dissolved in 2009 and no school has the number 0000: nobody alive bears such a UPN.
        body = f"8200000{cohort % 100:02}{serial:03}"
        return Child(
            str(self._pupils),
            check_letter(body) + body,
            name or heritage.forename(self.chance, woman),
            gendered(surname, woman),
            date(cohort - 5, 9, 1) + timedelta(self.chance.randrange(365)),
            year,
            form,
            date(self.begins.year - (year - 7), 9, 1),
            calm=bool(name),
        )

    def adult(
        self, heritage: Heritage, surname: str, woman: bool, home: tuple[str, str, str], name: str = ""
    ) -> Grownup:
        """An adult at an address, with an e-mail address most often and a telephone always."""
        self._adults += 1
        forename = name or heritage.forename(self.chance, woman)
        surname = gendered(surname, woman)
        box = self.chance.choice(("post", "mail", "inbox"))
        email = f"{plain_letters(forename)}.{plain_letters(surname)}{self._adults % 1000}@{box}.example"
        # of the ranges kept for invented people; each number once, so that only real look-alikes are proposed as such
        area, number = ("07700 900", "01632 960")[self._adults // 1000 % 2], self._adults % 1000
        return Grownup(
            f"C{self._adults}",
            self.chance.choice(("Mrs", "Ms", "Miss")) if woman else "Dr" if self.chance.random() < 0.03 else "Mr",
            forename,
            surname,
            email if name or self.chance.random() < 0.94 else "",
            f"{area}{number:03}",
            home,
        )

    def home(self) -> tuple[str, str, str]:
        """An address in an invented town."""
        town, area = self.chance.choice(PLACES)
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        code = f"{area} {self.chance.randrange(1, 10)}{self.chance.choice(letters)}{self.chance.choice(letters)}"
        return f"{self.chance.randrange(1, 140)} {self.chance.choice(STREETS)}", town, code


def families(town: Town) -> Iterator[Family]:
    """Families until every place in every form is taken."""
    while left := [year for year in YEARS if town.places[year]]:
        heritage = town.chance.choices(HERITAGES, [h.weight for h in HERITAGES])[0]
        surname = town.chance.choice(heritage.surnames)
        many = min(town.chance.choices((1, 2, 3), (70, 26, 4))[0], len(left))
        years = town.chance.sample(left, many)
        if many == 2 and town.chance.random() < 0.06 and len(town.places[years[0]]) > 1:
            years[1] = years[0]  # twins
        yield Family(
            tuple(town.child(heritage, surname, year) for year in sorted(years)), _ties(town, heritage, surname)
        )


def _ties(town: Town, heritage: Heritage, surname: str) -> tuple[Tie, ...]:
    chance, home = town.chance, town.home()
    kind = chance.choices(("together", "apart", "lone", "grandparents", "foster"), (60, 20, 15, 3, 2))[0]
    if kind == "grandparents":
        ties = [Tie(town.adult(heritage, surname, woman, home), "Special guardian", "T") for woman in (True, False)]
    elif kind == "foster":
        other = chance.choice(HERITAGES[0].surnames)
        ties = [Tie(town.adult(HERITAGES[0], other, True, home), "Foster carer", chance.choice("FF "))]
    elif kind == "lone":
        woman = chance.random() < 0.88
        ties = [Tie(town.adult(heritage, surname, woman, home), "Mother" if woman else "Father", "T")]
    else:
        hers = surname if kind == "together" or chance.random() < 0.5 else chance.choice(heritage.surnames)
        his_home = home if kind == "together" else town.home()
        says = "T" if kind == "together" else chance.choices(("T", "", "F"), (80, 12, 8))[0]
        father = Tie(
            town.adult(heritage, surname, False, his_home),
            "Father",
            says,
            says == "T" and kind == "apart" and chance.random() < 0.06,
        )
        ties = [Tie(town.adult(heritage, hers, True, home), "Mother", "T"), father]
        if kind == "apart" and chance.random() < 0.3:
            ties.append(Tie(town.adult(heritage, chance.choice(heritage.surnames), False, home), "Step-parent", "F"))
    if kind != "grandparents" and chance.random() < 0.15:
        woman = chance.random() < 0.7
        who = "Grandmother" if woman else "Grandfather"
        ties.append(Tie(town.adult(heritage, surname, woman, town.home()), who, chance.choice(("F", "F", "F", ""))))
    if chance.random() < 0.04:
        ties.append(
            Tie(town.adult(heritage, chance.choice(heritage.surnames), True, town.home()), "Family friend", "F")
        )
    return tuple(ties)
