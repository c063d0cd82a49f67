"""Words and values for held-out cases: lists of their own, and invented words of another make than in training."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

NAMES = """Mateo Aaliyah Bjorn Chiara Desmond Esperanza Fergus Gwendolyn Haruto Isolde Jamal Katarzyna Lorenzo Mbali Niamh Octavia Pradeep
Quillon Rosalind Sergei Tamsin Ulrika Valentin Winifred Ximena Yevgeny Zubair Adaeze Bartosz Cosima Dashiell Eleni Florian Greta
Hamish Imogen Joaquin Kirsten Leopold Marguerite Nikolai Ottilie Pascal Ruth Sanjay Thandi Urs Violetta Wolfgang Yolanda""".split()
SURNAMES = """Okafor Lindqvist Marchetti Abernathy Castellanos Dubrovsky Eriksen Fitzgerald Gutierrez Haddad Ivanova Jankowski Kowalczyk
Laurent Mwangi Nakamura Papadakis Ramachandran Steinmeier Vandenberg Whitfield Yamamoto Zimmermann""".split()
CITIES = """Tashkent Guadalajara Winnipeg Bratislava Cordoba Dakar Edinburgh Freetown Glasgow Harare Innsbruck Kathmandu Ljubljana
Montevideo Nashville Odessa Philadelphia Quito Riga Salzburg Toulouse Utrecht Vilnius Wellington Yerevan Zagreb Adelaide Bergen Cusco
Durban Enschede Fukuoka Gdansk Houston Izmir Johannesburg Krakow Leipzig Marrakesh Nagoya Omaha Perth Sarajevo Turin""".split()
THINGS = """telescope saxophone wheelbarrow chandelier typewriter hammock trampoline microscope lantern thermos backpack skateboard umbrella
bookshelf toaster blender violoncello accordion snowboard kayak megaphone compass binoculars hourglass doorbell cradle tricycle anvil
chessboard teapot wardrobe rug bracelet necklace scarf mitten jigsaw tripod dishwasher lawnmower stapler whiteboard notebook globe""".split()
QUALITIES = "crimson rusty striped vintage foldable wireless miniature ceramic velvet waterproof marble bamboo polished oval".split()
MAKERS = "Northwind Bluefin Ravenna Quantix Solstice Ironleaf Tidewater Marigold Halcyon Copperfield Zephyr Lumina Brightwater Oakhurst".split()
SYLLABLES = "ar bel cor dun esh fal gim hol ith jor kel lun mor nev orl pel qua rin sul tam urg vex wil yan zor ebb ast oni".split()


@dataclass(slots=True)
class Case:
    """A request and the judgement of what comes back."""

    messages: list[dict[str, Any]]
    check: Callable[[Answer], bool]
    tools: list[dict[str, Any]] = field(default_factory=list)
    schema: dict[str, Any] | None = None
    fields: dict[str, Any] | None = None  # of the JSON that is wanted


@dataclass(slots=True)
class Answer:
    content: str
    calls: list[tuple[str, Any]]
    finish: str


class Draw:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def pick(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        return self.rng.sample(options, count)

    def coined(self) -> str:
        return "".join(self.rng.sample(SYLLABLES, self.pick((2, 2, 3))))

    def name(self) -> str:
        return self.pick(NAMES) if self.rng.random() < 0.6 else self.coined().capitalize()

    def full_name(self) -> str:
        return f"{self.name()} {self.pick(SURNAMES)}"

    def city(self) -> str:
        return self.pick(CITIES) if self.rng.random() < 0.6 else self.coined().capitalize()

    def thing(self) -> str:
        base = self.pick(THINGS) if self.rng.random() < 0.7 else self.coined()
        return f"{self.pick(QUALITIES)} {base}" if self.rng.random() < 0.4 else base

    def word(self) -> str:
        return self.coined()

    def company(self) -> str:
        return (
            self.pick(MAKERS)
            if self.rng.random() < 0.5
            else f"{self.coined().capitalize()} {self.pick(('Partners', 'Industries', 'Works', 'AG'))}"
        )

    def number(self) -> int:
        return self.rng.randint(2, self.pick((9, 40, 99, 900)))

    def code(self) -> str:
        return f"{self.pick('BDFGHKLMPRTVWZ')}{self.pick('BDFGHKLMPRTVWZ')}{self.pick(('-', '', '/'))}{self.rng.randint(100, 99999)}"

    def date(self) -> str:
        year, month, day = self.rng.randint(2019, 2033), self.rng.randint(1, 12), self.rng.randint(1, 28)
        return self.pick(
            (
                f"{year}-{month:02d}-{day:02d}",
                f"{day:02d}.{month:02d}.{year}",
                f"{self.pick(('March', 'July', 'October'))} {day}",
            )
        )

    def clock(self) -> str:
        return f"{self.rng.randint(6, 22):02d}:{self.rng.randint(0, 59):02d}"

    def email(self) -> str:
        return f"{self.coined()}{self.pick(('', '_', '.'))}{self.rng.randint(1, 99)}@{self.coined()}.{self.pick(('com', 'edu', 'fr', 'co'))}"

    def value(self, kind: str) -> Any:
        return getattr(self, kind)()


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def says(*wanted: str) -> Callable[[Answer], bool]:
    """Every wanted piece occurs in the answer, no tool is called and the answer ends by itself."""
    return lambda a: a.finish == "stop" and not a.calls and all(w.lower() in a.content.lower() for w in wanted)


def says_exactly(wanted: str) -> Callable[[Answer], bool]:
    """The answer is the wanted text, but for case, quotes, an article or a final point."""
    return lambda a: a.finish == "stop" and not a.calls and bare(a.content) == bare(wanted)


def bare(text: str) -> str:
    text = text.strip().strip("\"'.!").lower()
    for article in ("the ", "a ", "an ", "in ", "on ", "at "):
        text = text.removeprefix(article)
    return text


def is_json(wanted: dict[str, Any]) -> Callable[[Answer], bool]:
    def check(answer: Answer) -> bool:
        try:
            return bool(json.loads(answer.content) == wanted) and answer.finish == "stop"
        except ValueError:
            return False

    return check


def makes_calls(*wanted: tuple[str, dict[str, Any]]) -> Callable[[Answer], bool]:
    def check(answer: Answer) -> bool:
        key = lambda call: json.dumps(call, sort_keys=True)  # noqa: E731
        return sorted(answer.calls, key=key) == sorted(wanted, key=key)

    return check
