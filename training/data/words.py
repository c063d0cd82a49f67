"""Where words come from. Most values are invented on the spot, so that the model must copy and cannot memorise."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from .remarks import AFTER, DID, SAID, TO_DO, TO_WHOM, WHAT, WHO

T = TypeVar("T")

CONSONANTS, VOWELS = "bcdfghjklmnprstvwyz", "aeiou"
CLUSTERS = "br ch dr fl gr kr pl sh st th tr kl sk qu x bl cl gl sp sw".split()
CODAS = ["n", "r", "l", "s", "t", "k", "m", "nd", "rt", "x", "th", "", "", "ck", "ng", "ll", "ne", "er", "on"]
ENDINGS = [
    "ville",
    "ton",
    "berg",
    "son",
    "field",
    "wood",
    "ford",
    "land",
    "stein",
    "ova",
    "ini",
    "sky",
    "mann",
    "shire",
]

NAMES = """Alice Bob Carol David Emma Frank Grace Henry Iris Jack Karen Leo Maria Nina Oscar Paula Quentin Rosa Sam Tina Ursula
Victor Wendy Xavier Yara Zoe Anna Ben Clara Daniel Eva Felix Gloria Hugo Ivan Julia Kevin Laura Martin Nora Oliver Peter Rachel
Simon Thomas Vera William Ahmed Bianca Chen Dmitri Elena Farid Giulia Hassan Ines Jorge Keiko Lars Mei Nadia Omar Pablo Ravi
Sofia Tariq Uma Viktor Wei Yuki Zara Elizabeth Christopher Hiroshi Fatima Guillaume Priya Ingrid Mateusz Svetlana Penelope""".split()
CITIES = """Tokyo Paris London Berlin Madrid Rome Vienna Oslo Lisbon Dublin Prague Warsaw Athens Cairo Lagos Nairobi Delhi Mumbai
Beijing Shanghai Seoul Bangkok Jakarta Sydney Melbourne Toronto Vancouver Chicago Boston Seattle Denver Miami Dallas Austin Lima
Bogota Santiago Havana Moscow Kyiv Istanbul Tehran Baghdad Dubai Zurich Geneva Munich Hamburg Cologne Milan Naples Barcelona
Valencia Porto Helsinki Stockholm Copenhagen Reykjavik Brussels Amsterdam Rotterdam Lyon Marseille Osaka Kyoto Manila""".split()
TWO_WORD_CITIES = [
    "New York",
    "San Francisco",
    "Los Angeles",
    "Hong Kong",
    "Buenos Aires",
    "Cape Town",
    "Tel Aviv",
    "New Delhi",
]
LANGUAGES = "English French German Spanish Italian Portuguese Dutch Polish Japanese Korean Chinese Arabic Russian Turkish Greek".split()
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
COLORS = "red blue green yellow black white orange purple brown grey pink silver golden".split()
NOUNS = """lamp table chair window door bridge garden kitchen phone laptop printer camera bicycle car train boat ticket letter book
map key box bag shoe coat hat ring watch clock mirror carpet pillow blanket bottle cup plate spoon knife basket candle painting
piano guitar drum violin trumpet ball kite puzzle robot drone rocket engine motor pump filter cable battery screen keyboard mouse
speaker headset charger router server database report invoice contract order package parcel shipment refund payment account
customer supplier employee manager project task meeting event ticket booking reservation flight hotel room menu recipe cake bread
soup salad pizza coffee tea juice apple orange lemon tomato potato onion carrot cheese butter egg tree flower river mountain lake
island forest beach village castle museum library school hospital factory office shop market farm tower tunnel harbour station
song movie photo video article message note reminder alarm timer playlist calendar contact document folder file page table
course lesson exam student teacher doctor patient vaccine medicine budget loan policy license permit warranty voucher coupon
sensor valve heater cooler fan oven fridge washer dryer vacuum ladder hammer drill saw wrench bolt nail brush bucket tent""".split()
ADJECTIVES = """old new small large bright dark heavy light quiet loud soft hard warm cold clean dusty round square wooden metal plastic
glass narrow wide tall short fast slow cheap expensive rare common modern ancient broken empty full famous hidden local public
private digital electric manual spare second first final early late weekly monthly annual internal external""".split()
JOBS = """baker teacher nurse pilot farmer painter lawyer engineer driver plumber dentist singer actor writer chef gardener carpenter
librarian mechanic tailor sailor soldier detective journalist architect programmer accountant surgeon waiter florist""".split()
ANIMALS = "cat dog horse rabbit parrot hamster goat turtle snake fish pony canary lizard duck goose sheep".split()
STATES = "open closed active pending approved rejected delayed shipped cancelled paid overdue ready blocked online offline".split()
#: Words that are too rare to become tokens of their own.
RARE_ADJECTIVES = """brittle hollow padded knitted carved rugged slender wobbly greasy frozen crooked shiny cracked folded woven patched greenish
bluish scarlet turquoise beige ivory lavender maroon copper brass bronze leather cotton linen woollen silk rubber concrete granite
oak walnut pine cardboard paper enamel felt jade amber pearl portable wearable inflatable adjustable reusable disposable magnetic
solar cordless handmade antique medieval rustic ornate plain glossy transparent tinted checkered dotted floral triangular
rectangular curved twisted pointed blunt sticky fluffy furry spiky sturdy fragile compact oversized tiny huge gigantic mighty
humble noble royal imperial nautical alpine tropical arctic lunar stellar haunted enchanted forgotten stolen borrowed painted
polluted salted smoked pickled roasted spicy sour bitter sweet creamy crunchy seedless ripe withered""".split()
RARE_NOUNS = """kettle pitcher saucer ladle whisk spatula grater sieve corkscrew thermometer barometer stopwatch metronome harmonica flute
cello banjo tambourine xylophone trombone oboe harp easel canvas palette sculpture mosaic tapestry vase urn goblet chalice
lampshade footstool armchair sofa mattress wheel saddle stirrup harness bridle canoe raft dinghy sailboat anchor
rudder paddle periscope sextant parachute glider balloon scooter unicycle sled ski skate helmet glove apron cardigan
pullover blouse skirt trousers slipper sandal boot buckle button zipper needle thimble thread yarn loom spindle bobbin torch beacon chandlery candlestick matchbox tinderbox fireplace chimney shovel rake hoe sickle plough wagon cart
crate barrel jug flask thermostat dehumidifier humidifier radiator faucet funnel hose sprinkler trellis birdhouse aquarium terrarium
puppet marionette figurine dollhouse domino yo-yo boomerang trophy medal pennant banner parasol monocle locket brooch amulet
earring pendant tiara crown sceptre shield sword dagger spear catapult telegraph gramophone jukebox projector abacus calculator
envelope stamp postcard ribbon parchment quill inkwell crayon eraser sharpener ruler protractor magnifier pincers pliers chisel""".split()
FIRMS = """Ltd Inc Labs Group Systems GmbH Foods Bank Holdings Brothers Trading Logistics Motors Media Studio Studios Consulting Corp SA BV
Sons Solutions Technologies Services Textiles Bakery Pharma Energy Airways Shipping Mills Press Insurance Tools Toys Optics Farms""".split()
LEVELS = ["low", "medium", "high"]
UNITS = (
    "meters kilograms hours days weeks liters miles pounds inches minutes degrees euros dollars points pages".split()
)


class Words:
    """Draws words and values from one random source. With `fresh_only` no listed name is used (the tokenizer is learned so)."""

    def __init__(self, rng: random.Random, fresh_only: bool = False, pieces: Sequence[str] = ()) -> None:
        self.rng = rng
        self.level = 1.0  # of difficulty, from 0 to 1: training begins with what is easy and short
        self.pieces = pieces  # of the tokenizer: every token must at times be copied, or it can never be answered
        self.listed = 0.0 if fresh_only else 0.3

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.random() * len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        return self.rng.sample(options, count)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    # -- single words ------------------------------------------------------------------------------------------------

    def invented(self) -> str:
        if self.pieces and self.chance(0.25):
            drawn = [self.pick(self.pieces) for _ in range(self.pick((2, 2, 3, 3)))]
            if self.chance(0.15):  # as in "queue" and "banana": what comes after a piece is not always the same
                drawn.insert(self.number(1, len(drawn)), drawn[0])
            return "".join(drawn)
        kind = self.rng.random()
        if kind < 0.75:
            parts = [
                (self.pick(CLUSTERS) if self.chance(0.2) else self.pick(CONSONANTS)) + self.pick(VOWELS)
                for _ in range(self.pick((1, 2, 2, 2, 3, 3)))
            ]
            word = "".join(parts) + self.pick(CODAS)
            return word if len(word) > 2 else word + self.pick(CONSONANTS)
        if kind < 0.83:
            return "".join(self.pick("abcdefghijklmnopqrstuvwxyz") for _ in range(self.number(3, 8)))
        if (
            kind < 0.92
        ):  # begins or ends like a known word: where a tokenizer is tempted to cut it differently after a space
            return self.pick(NOUNS) + self.pick(ENDINGS + NOUNS[:60])
        return self.pick(CONSONANTS) + self.pick(VOWELS) + self.pick(CODAS) + self.pick(ENDINGS)

    def name(self) -> str:
        return self.pick(NAMES) if self.chance(self.listed) else self.invented().capitalize()

    def full_name(self) -> str:
        return f"{self.name()} {self.invented().capitalize()}"

    def person(self) -> str:
        return self.full_name() if self.chance(0.3) else self.name()

    def city(self) -> str:
        if self.chance(self.listed):
            return self.pick(CITIES) if self.chance(0.85) else self.pick(TWO_WORD_CITIES)
        return (
            self.invented().capitalize()
            if self.chance(0.9)
            else f"{self.invented().capitalize()} {self.invented().capitalize()}"
        )

    def company(self) -> str:
        base = self.invented().capitalize()
        kind = self.rng.random()
        if kind < 0.3:
            return base
        return f"{base} {self.pick(FIRMS) if kind < 0.85 else self.invented().capitalize()}"

    def noun(self) -> str:
        if self.chance(0.5):
            return self.pick(NOUNS)
        return self.pick(RARE_NOUNS) if self.chance(0.2) else self.invented()

    def thing(self) -> str:
        """Of one to three words, any of which may be unknown: where it ends must be told by what stands around it."""
        kind = self.rng.random()
        if kind < 0.35:
            return self.noun()
        if kind < 0.6:
            return f"{self.pick(ADJECTIVES + COLORS)} {self.noun()}"
        if kind < 0.7:
            return f"{self.pick(NOUNS)} {self.pick(NOUNS)}"
        quality = self.pick(RARE_ADJECTIVES) if self.chance(0.5) else self.invented()
        if kind < 0.97:
            return f"{quality} {self.pick(RARE_NOUNS) if self.chance(0.3) else self.noun()}"
        return f"{self.pick(ADJECTIVES + COLORS)} {quality} {self.noun()}"

    def job(self) -> str:
        return self.pick(JOBS) if self.chance(0.6) else self.invented()

    def color(self) -> str:
        return self.pick(COLORS)

    def state(self) -> str:
        return self.pick(STATES) if self.chance(0.7) else self.invented()

    # -- values ------------------------------------------------------------------------------------------------------

    def integer(self) -> int:
        return self.number(1, self.pick((9, 20, 99, 99, 500, 5000)))

    def decimal(self) -> str:
        return f"{self.number(1, self.pick((9, 99, 999)))}.{self.pick(('5', f'{self.number(1, 9)}', f'{self.number(1, 99):02d}'))}"

    def code(self) -> str:
        letters = "".join(self.pick("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(self.number(1, 3)))
        digits = "".join(self.pick("0123456789") for _ in range(self.number(2, 5)))
        shapes = (
            f"{letters}-{digits}",
            f"{letters}{digits}",
            f"{digits}{letters}",
            digits,
            f"{letters}-{digits}-{self.pick('ABCXYZ')}",
            f"#{digits}",
            f"{letters}{self.pick('/_.: ')}{digits}",
        )
        return self.pick(shapes)

    def date(self) -> str:
        day, month, year = self.number(1, 28), self.number(1, 12), self.number(1990, 2031)
        name = MONTHS[month - 1]
        shapes = (
            f"{year}-{month:02d}-{day:02d}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day} {name} {year}",
            f"{name} {day}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day}.{month:02d}.{year}",
            f"{name} {day}, {year}",
        )
        return self.pick(shapes)

    def when(self) -> str:
        kind = self.rng.random()
        if kind < 0.45:
            return self.date()
        if kind < 0.75:
            return self.pick(DAYS)
        return self.pick(
            ["tomorrow", "today", "tonight", "next week", f"next {self.pick(DAYS)}", f"{self.pick(MONTHS)}"]
        )

    def clock(self) -> str:
        hour, minute = self.number(0, 23), self.pick((0, 15, 30, 45, self.number(0, 59)))
        return self.pick(
            (f"{hour:02d}:{minute:02d}", f"{hour}:{minute:02d}", f"{hour % 12 + 1}pm", f"{hour % 12 + 1} am")
        )

    def email(self) -> str:
        user = (
            self.invented()
            if self.chance(0.6)
            else f"{self.invented()}{self.pick('._-')}{self.pick((self.invented(), self.integer()))}"
        )
        return f"{user}@{self.pick(['mail', 'example', self.invented(), self.invented()])}.{self.pick(['com', 'org', 'net', 'io', 'de'])}"

    def phone(self) -> str:
        return f"{self.pick(['+1', '+44', '+49', '0', ''])}{''.join(self.pick('0123456789') for _ in range(self.number(6, 9)))}"

    def path(self) -> str:
        name = f"{self.noun()}{self.pick(['', '_' + self.invented(), str(self.number(1, 99))])}.{self.pick(['txt', 'pdf', 'csv', 'md', 'json', 'png'])}"
        return self.pick(["", "", "/", "docs/", f"/home/{self.invented()}/", f"data/{self.invented()}/"]) + name

    def url(self) -> str:
        return f"https://{self.pick(['', 'www.'])}{self.invented()}.{self.pick(['com', 'org', 'net', 'io'])}{self.pick(['', '/' + self.invented()])}"

    def amount(self) -> str:
        return self.pick(
            [
                f"${self.integer()}",
                f"{self.integer()} dollars",
                f"{self.integer()} euros",
                f"${self.decimal()}",
                f"{self.decimal()} EUR",
            ]
        )

    def measure(self) -> str:
        return f"{self.integer()} {self.pick(UNITS)}" if self.chance(0.8) else f"{self.decimal()} {self.pick(UNITS)}"

    def filled(self, text: str) -> str:
        """One of `remarks`, its places filled."""
        made = {"t": self.thing, "n": self.noun, "p": self.name, "c": self.city, "d": self.day, "k": self.clock}
        made["s"] = lambda: self.pick(STATES + ADJECTIVES)
        parts = re.split(r"\{(\w)\}", text)
        return "".join(
            part if at % 2 == 0 else str(self.number(2, 60)) if part == "i" else made[part]()
            for at, part in enumerate(parts)
        )

    def day(self) -> str:
        return self.pick([f"on {self.pick(DAYS)}", "tomorrow", "tonight", "next week", f"in {self.pick(MONTHS)}"])

    def phrase(self) -> str:
        """A few words of free text: a search query, a note, a title."""
        kind = self.rng.random()
        if kind < 0.3:
            return self.thing()
        if kind < 0.55:
            what = f"{self.pick(TO_DO)} {self.pick(WHAT)}" if self.chance(0.8) else f"{self.pick(TO_WHOM)} {{p}}"
            return self.filled(what)
        if kind < 0.8:
            return f"{self.thing()} {self.pick(['in', 'for', 'of', 'with', 'near', 'and', 'about'])} {self.pick([self.city, self.name, self.thing])()}"
        return " ".join(self.pick([self.invented, self.noun])() for _ in range(self.number(2, 5)))

    def clause(self) -> str:
        """A short message somebody might send, without a full stop."""
        kind = self.rng.random()
        if kind < 0.15:
            return f"the {self.noun()} is {self.pick(STATES + ADJECTIVES)}"
        said = f"{self.pick(WHO)} {self.pick(DID)}" if kind < 0.6 else self.pick(SAID)
        return self.filled(f"{said} {self.pick(AFTER)}" if self.chance(0.15) else said)

    def identifier(self) -> str:
        """A name for a key, a parameter or half of a function, of one to two words in snake case."""
        kind = self.rng.random()
        if kind < 0.35:
            return self.pick(NOUNS)
        if kind < 0.6:
            return f"{self.pick(NOUNS)}_{self.pick(['id', 'name', 'number', 'code', 'type', 'date', 'status', 'count', 'title', 'level'])}"
        if kind < 0.75:
            return f"{self.pick(ADJECTIVES)}_{self.pick(NOUNS)}"
        return self.invented() if kind < 0.9 else f"{self.invented()}_{self.pick(NOUNS)}"

    def kind(self, kind: str) -> str | int:
        return KINDS[kind](self)


#: What a parameter or a field may hold; `int` is the only one that is not a JSON string.
KINDS: dict[str, Callable[[Words], str | int]] = {
    "name": Words.person, "city": Words.city, "thing": Words.thing, "word": Words.invented, "code": Words.code, "date": Words.date,
    "when": Words.when, "clock": Words.clock, "email": Words.email, "phone": Words.phone, "path": Words.path, "url": Words.url,
    "phrase": Words.phrase, "clause": Words.clause, "int": Words.integer, "company": Words.company, "job": Words.job,
    "noun": Words.noun, "color": Words.color, "state": Words.state, "measure": Words.measure, "amount": Words.amount,
    "language": lambda w: w.pick(LANGUAGES), "level": lambda w: w.pick(LEVELS),
}  # fmt: skip


def join_words(items: Sequence[str], last: str = "and") -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" {last} {items[-1]}"


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
