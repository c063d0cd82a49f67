"""What can be told of people, things and places: the banks joined, and the phrases that name what is told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..words import ANIMALS, Words, upper_first
from . import people, places, things


@dataclass(frozen=True, slots=True)
class Field:
    """A property. Clauses follow their subject ("costs {v}"), questions name it ("What does {e} cost?")."""

    about: str
    keys: tuple[str, ...]
    kind: str
    clauses: tuple[str, ...]
    questions: tuple[str, ...]


FIELDS = tuple(
    Field(about, tuple(keys.split()), kind, clauses, questions)
    for about, keys, kind, clauses, questions in (*people.FIELDS, *things.FIELDS, *places.FIELDS)
)
MACHINES = "printer pump lathe crane tractor press mixer boiler robot scanner drill elevator generator oven camera server turbine".split()
DOCUMENTS = "contract invoice report permit policy will diary map licence certificate manual file agreement charter letter survey".split()
DISHES = "soup cake stew salad pie curry pudding bread sauce dumpling omelette jam roast noodles".split()
BUILDINGS = "hotel museum school tower theatre library hospital mill castle inn church station stadium factory".split()
EVENTS = "festival concert fair conference auction wedding race exhibition meeting course tournament parade trial".split()
TRIPS = "train ferry flight bus tour cruise coach expedition night train shuttle".split()

#: How something of each kind is called (without article), and the words that stand for it in keys and descriptions.
CALLED: dict[str, tuple[Callable[[Words], str], tuple[str, ...]]] = {
    "person": (Words.person, ("person", "name", "full_name", "employee", "resident", "guest")),
    "animal": (lambda w: f"{w.pick(ANIMALS)} {w.name()}", ("animal", "pet", "creature", "beast")),
    "company": (Words.company, ("company", "firm", "business", "organization", "supplier")),
    "thing": (Words.thing, ("item", "thing", "object", "article", "product")),
    "machine": (lambda w: f"{w.pick(MACHINES)} {w.pick((w.code, w.invented))()}", ("machine", "device", "unit", "appliance", "equipment")),
    "document": (lambda w: f"{w.pick(DOCUMENTS)} {w.pick((w.code, w.invented, w.code))()}", ("document", "paper", "file", "record")),
    "dish": (lambda w: f"{w.invented().capitalize()} {w.pick(DISHES)}", ("dish", "meal", "recipe", "food", "course")),
    "place": (Words.city, ("place", "city", "town", "location")),
    "building": (lambda w: f"{w.pick(BUILDINGS)} {w.invented().capitalize()}", ("building", "house", "site", "property")),
    "event": (lambda w: w.pick((f"{w.invented().capitalize()} {w.pick(EVENTS)}", f"{w.pick(EVENTS)} in {w.city()}")), ("event", "occasion", "happening", "title")),
    "trip": (lambda w: f"{w.pick(TRIPS)} to {w.city()}", ("trip", "journey", "connection", "tour", "voyage")),
}  # fmt: skip
BY_KIND = {about: tuple(field for field in FIELDS if field.about == about) for about in CALLED}
PROPER = ("person", "company", "place")  # named without an article


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that is told of: `name` stands in JSON and arguments, `phrase` in sentences."""

    about: str
    name: str

    @property
    def phrase(self) -> str:
        return self.name if self.about in PROPER else f"the {self.name}"


def entity(w: Words, about: str) -> Entity:
    return Entity(about, CALLED[about][0](w))


def told(w: Words, field: Field, subject: Entity, value: object) -> str:
    return upper_first(f"{subject.phrase} {w.pick(field.clauses).format(v=value)}.")


def value_of(w: Words, kind: str) -> str | int:
    return w.number(1, 99) if kind == "age" else w.kind(kind)


