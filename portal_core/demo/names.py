"""Invented people's names, by heritage, so that a family's belong together; streets and villages of an invented town."""

import unicodedata
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Heritage:
    """Names that go together. A surname written "x/y" is x for women and y for men."""

    weight: int
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]

    def forename(self, chance: Random, woman: bool) -> str:
        """A first name."""
        return chance.choice(self.women if woman else self.men)


def gendered(surname: str, woman: bool) -> str:
    """The form of a surname that a woman or a man bears."""
    hers, _, his = surname.partition("/")
    return hers if woman or not his else his


def plain_letters(name: str) -> str:
    """A name as an e-mail address spells it: ASCII letters alone, small."""
    spelt = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L").replace("ß", "ss"))
    return "".join(c for c in spelt if c.isascii() and c.isalpha()).lower()


def _heritage(weight: int, women: str, men: str, surnames: str) -> Heritage:
    return Heritage(
        weight, tuple(women.split()), tuple(men.split()), tuple(s.replace("_", " ") for s in surnames.split())
    )


HERITAGES = (
    _heritage(
        54,
        "Amelia Olivia Isla Ava Poppy Freya Ella Lily Evie Grace Daisy Phoebe Ruby Martha Imogen Harriet Beth Chloe Megan "
        "Holly Georgia Katie Abigail Eleanor Rosie Niamh Erin Lucy Jessica Hannah Zoë Chloé Esmé Renée Charlotte Tilly",
        "Oliver George Arthur Noah Leo Harry Archie Jack Henry Charlie Theo Finley Alfie Ethan Joshua Samuel Callum Rory "
        "Connor Lewis Reuben Toby Jude Elliot Luke Nathan Ryan Adam Kieran Owen Dylan Rhys André Seán Zachary Max",
        "Ashworth Barlow Benbow Birtwistle Blakey Bramwell Brindle Calloway Carding Chadwick Clegg Coupe Cropper Dewhurst "
        "Duckworth Eastham Entwistle Fairclough Fenwick Garside Gorton Greenhalgh Hale Halliwell Hargreaves Haworth Heyes "
        "Holroyd Ibbotson Kershaw Kippax Latham Lomax Marsden Mather Nuttall Ogden Ollerton Parkin Pickup Pilling Ramsbottom "
        "Redfern Rigby Rothwell Sagar Seddon Shackleton Slater Smethurst Southworth Tattersall Threlfall Turnbull Unsworth "
        "Wadsworth Walmsley Whittaker Winstanley Yarwood Fitzgerald O'Dowd O'Hara O'Keeffe McAllister MacLeod Llewellyn "
        "Pritchard Vaughan D'Arcy St_John Smith-Rowe Ward-Hughes",
    ),
    _heritage(
        14,
        "Aisha Zainab Maryam Fatima Sana Hafsa Iqra Sadia Noor Amina Ayesha Anaya Priya Riya Meera Simran Jasleen Diya",
        "Yusuf Ibrahim Hamza Bilal Imran Zayn Adil Hassan Rayyan Umar Arjun Rohan Dev Harpreet Jaspal Aarav Nikhil Kiran",
        "Rahman Hussain Malik Chaudhry Mirza Qureshi Siddiqui Patel Desai Chauhan Sandhu Gill Dhillon Bhatt Joshi Begum/Miah",
    ),
    _heritage(
        10,
        "Zofia Zuzanna Maja Wiktoria Małgorzata Agnieszka Oliwia Alicja Katarzyna Łucja",
        "Jakub Szymon Piotr Paweł Kacper Michał Łukasz Tomasz Wojciech Stanisław",
        "Kowalska/Kowalski Nowak Wójcik Zielińska/Zieliński Szymańska/Szymański Dąbrowska/Dąbrowski Król Kaczmarek Żak",
    ),
    _heritage(
        7,
        "Ife Adaeze Chiamaka Abena Efua Temi Folake Makeda Naledi Thandiwe",
        "Tobi Chidi Kwame Kofi Emeka Olumide Sekou Tendai Jabari Kelechi",
        "Adeyemi Okonkwo Mensah Boateng Nwosu Abara Diallo Moyo Banda Ogunleye",
    ),
    _heritage(
        5,
        "Layla Salma Rania Yasmin Huda Dalia Nadia Mariam",
        "Karim Tariq Sami Khalil Nabil Rashid Faris Walid",
        "Al-Masri Haddad El-Amin Khoury Najjar Saleh Bin_Yahya Abd_al-Karim",
    ),
    _heritage(
        4,
        "Ioana Andreea Ilinca Ana-Maria Ştefania Daria",
        "Andrei Ştefan Mihai Vlad Răzvan Ionuţ",
        "Ionescu Dumitru Munteanu Stănescu Popa Ţurcanu",
    ),
    _heritage(
        3,
        "Inês Beatriz Lucía Sofía Itziar Mariana",
        "João Tomás Íñigo Mateo Gonçalo Rúben",
        "Gonçalves Magalhães Núñez Ibáñez Araújo Peña",
    ),
    _heritage(
        3,
        "Mei-Ling Jia Xinyi Thuý Linh Hua",
        "Wei Jun-Hao Minh Quang Zhen Kai",
        "Cheung Leung Nguyễn Trần Zhou Lưu",
    ),
)  # fmt: skip

STREETS = (
    "Elm Row", "Mill Lane", "Tanner's Yard", "Canal Side", "Orchard Close", "Quarry Bank", "St Aldhelm's Road", "Weir Street",
    "Kiln Hill", "Lantern Court", "Ropewalk", "Fuller's Fold", "Heron Drive", "Bobbin Street", "Priory Gardens", "Moor View",
    "Chapel Brow", "Signal Terrace", "Larch Avenue", "Ferry Road",
)  # fmt: skip
PLACES = (
    ("Wrenbridge", "WB1"),
    ("Wrenbridge", "WB2"),
    ("Upper Thornley", "WB4"),
    ("Marl Green", "WB5"),
    ("Scarside", "WB7"),
)
"""Post towns, and postcodes of an area that does not exist."""
