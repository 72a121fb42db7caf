"""Facts to be hidden in a text, ten of each template, each with a question.

Of a literal fact the question repeats the words. Of a paraphrased one it shares no content word
with the sentence, and only its meaning tells the ten apart. Names and numbers are invented.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

FactKind = Literal["literal", "paraphrased"]

EACH = 10  # facts of a template


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence to hide, the question for it, and the answer, which stands in the sentence."""

    kind: FactKind
    template: int
    sentence: str
    question: str
    answer: str


Template = tuple[str, str]  # sentence with {key} and {name} or {number}; question with {key}
Pairs = tuple[tuple[str, str], ...]

LITERAL: tuple[Template, ...] = (
    ("The pass code of the storehouse at {key} is {number}.",
     "What is the pass code of the storehouse at {key}?"),
    ("The keeper of the lighthouse at {key} was called {name}.",
     "What was the keeper of the lighthouse at {key} called?"),
    ("The great bell of {key} abbey weighs {number} pounds.",
     "How many pounds does the great bell of {key} abbey weigh?"),
    ("{name} drew the first map of the marshes of {key}.",
     "Who drew the first map of the marshes of {key}?"),
    ("The monks of {key} copied {number} manuscripts in all.",
     "How many manuscripts did the monks of {key} copy in all?"),
    ("The treaty of {key} was signed by {name} alone.",
     "Who signed the treaty of {key} alone?"),
    ("The stairs of the tower of {key} have {number} steps.",
     "How many steps do the stairs of the tower of {key} have?"),
    ("The captain of the schooner {key} was a certain {name}.",
     "Who was the captain of the schooner {key}?"),
    ("The parcel for {key} bore the stamp {number}.",
     "Which stamp did the parcel for {key} bear?"),
    ("The recipe for {key} pudding was written down by {name}.",
     "Who wrote down the recipe for {key} pudding?"),
)  # fmt: skip

PARAPHRASED: tuple[tuple[Template, Pairs], ...] = (
    (("For her birthday the miller's girl was given a {key}, and she named it {name}.",
      "What did the child call the {key}?"),
     (("kitten", "young cat"), ("puppy", "young dog"), ("foal", "young horse"),
      ("calf", "young cow"), ("lamb", "young sheep"), ("piglet", "young pig"),
      ("duckling", "young duck"), ("cub", "young bear"), ("gosling", "young goose"),
      ("tadpole", "young frog"))),
    (("{name} earned a living in that street as a {key}.",
      "Which person {key}?"),
     (("baker", "sold loaves of bread"), ("cobbler", "mended shoes"), ("tailor", "sewed clothes"),
      ("dentist", "pulled teeth"), ("butcher", "sold meat"), ("gardener", "grew flowers"),
      ("locksmith", "made keys"), ("fisherman", "caught trout"), ("jeweller", "sold gold rings"),
      ("astronomer", "watched the stars"))),
    (("The courier spent that winter in {key} and lodged with {name}.",
      "Who was host to the messenger in the {key} capital?"),
     (("Paris", "French"), ("Rome", "Italian"), ("Vienna", "Austrian"), ("Madrid", "Spanish"),
      ("Lisbon", "Portuguese"), ("Athens", "Greek"), ("Cairo", "Egyptian"), ("Tokyo", "Japanese"),
      ("Warsaw", "Polish"), ("Dublin", "Irish"))),
    (("The steward bought {key} for {number} crowns.",
      "How much money went on {key}?"),
     (("cheddar", "cheese"), ("salmon", "fish"), ("rubies", "precious stones"), ("ale", "beer"),
      ("mutton", "meat"), ("wheat", "grain"), ("velvet", "cloth"), ("daggers", "weapons"),
      ("roses", "flowers"), ("apples", "fruit"))),
    (("On day {number} of the voyage the log speaks of {key}.",
      "When did the sailors meet {key}?"),
     (("hail", "ice falling from the sky"), ("fog", "mist too thick for seeing"),
      ("drizzle", "a little rain"), ("a hurricane", "a terrible storm"),
      ("icebergs", "frozen mountains in the sea"), ("whales", "huge mammals in the sea"),
      ("pirates", "robbers on the sea"), ("a rainbow", "colours in the sky"),
      ("sharks", "dangerous fish"), ("an eclipse", "the sun becoming dark"))),
    (("In {key} the ferry was steered by {name}.",
      "Who guided the boat during the {key} month of the year?"),
     (("January", "first"), ("February", "second"), ("March", "third"), ("April", "fourth"),
      ("June", "sixth"), ("July", "seventh"), ("August", "eighth"), ("September", "ninth"),
      ("November", "eleventh"), ("December", "twelfth"))),
    (("The duke's {key} was known to everybody as {name}.",
      "What was the name of the nobleman's {key}?"),
     (("sister", "female sibling"), ("brother", "male sibling"), ("mother", "female parent"),
      ("father", "male parent"), ("wife", "spouse"), ("physician", "doctor"),
      ("attorney", "lawyer"), ("horse", "steed"), ("servant", "footman"), ("cook", "chef"))),
    (("The {key} on that wall belonged to {name}.",
      "Who owned the thing for {key}?"),
     (("hammer", "driving nails"), ("saw", "cutting boards"), ("spade", "digging earth"),
      ("axe", "felling trees"), ("broom", "sweeping floors"), ("needle", "sewing"),
      ("kettle", "boiling water"), ("lantern", "giving light"), ("clock", "telling the time"),
      ("umbrella", "keeping off rain"))),
    (("{name} has lived beside the {key} for years.",
      "Whose home is next to the place where {key}?"),
     (("church", "people pray"), ("school", "children learn"), ("bakery", "loaves are made"),
      ("prison", "criminals are locked up"), ("hospital", "the sick are healed"),
      ("theatre", "plays are acted"), ("stable", "horses sleep"), ("library", "books are lent"),
      ("harbour", "ships lie"), ("cemetery", "the dead are buried"))),
    (("At the ball {name} wore {key}.",
      "Who came to the dance dressed in {key}?"),
     (("scarlet", "red"), ("azure", "blue"), ("emerald", "green"), ("ivory", "white"),
      ("ebony", "black"), ("lemon", "yellow"), ("chestnut", "brown"), ("silver", "grey"),
      ("lavender", "purple"), ("coral", "pink"))),
    (("The {key} in the last room was painted by {name}.",
      "Which artist made the picture of {key}?"),
     (("blizzard", "a storm of snow"), ("bride", "a woman on her wedding day"),
      ("infant", "a baby"), ("warrior", "a soldier"), ("monarch", "a king"),
      ("blaze", "a fire"), ("brook", "a small river"), ("forest", "many trees"),
      ("physician", "a doctor"), ("vessel", "a ship"))),
    (("{number} visitors were counted in the house where {key} are kept.",
      "How many people saw the {key}?"),
     (("lions and tigers", "big cats"), ("statues", "sculptures"), ("swords", "old blades"),
      ("coins", "ancient money"), ("gowns", "dresses"), ("portraits", "paintings of faces"),
      ("mummies", "embalmed dead"), ("engines", "machines"), ("violins", "musical instruments"),
      ("parrots", "talking birds"))),
)  # fmt: skip

_OPENINGS = ("Bel", "Cor", "Dra", "Fen", "Gor", "Hal", "Jor", "Kel", "Lam", "Mor", "Nel", "Orr",
             "Pel", "Quil", "Ras", "Sel", "Tor", "Ul", "Var", "Wen", "Yar", "Zel")  # fmt: skip
_MIDDLES = ("a", "an", "e", "en", "i", "in", "o", "or", "u", "ul")
_CLOSINGS = ("bick", "dane", "foss", "grim", "hurst", "lock", "mond", "nix", "quist", "rath",
             "shaw", "thwait", "vane", "wick", "zar")  # fmt: skip


def facts(count: int, seed: int, filler: str = "") -> list[Fact]:
    """So many facts, ten of a template together, literal and paraphrased in turn.

    No invented name or number stands in the filler. Raises ValueError for more than there are.
    """
    if not 0 < count <= most_facts():
        raise ValueError(f"between 1 and {most_facts()} facts can be hidden")
    invented = _Invented(random.Random(seed), filler)
    literal = [
        [_made("literal", n, each, (key, key), invented) for key in invented.names(EACH)]
        for n, each in enumerate(LITERAL)
    ]
    paraphrased = [
        [_made("paraphrased", len(LITERAL) + n, each, pair, invented) for pair in pairs]
        for n, (each, pairs) in enumerate(PARAPHRASED)
    ]
    return [fact for group in _in_turn(literal, paraphrased) for fact in group][:count]


def most_facts() -> int:
    """How many facts there are."""
    return EACH * (len(LITERAL) + len(PARAPHRASED))


def _in_turn(one: Sequence[list[Fact]], other: Sequence[list[Fact]]) -> list[list[Fact]]:
    both = [group for pair in zip(one, other, strict=False) for group in pair]
    return both + list(one[len(other) :]) + list(other[len(one) :])


class _Invented:
    """Names and numbers, each given once, that do not stand in a filler."""

    def __init__(self, chance: random.Random, filler: str) -> None:
        self._chance = chance
        self._filler = filler.casefold()
        self._given: set[str] = set()

    def name(self) -> str:
        parts = (_OPENINGS, _MIDDLES, _CLOSINGS)
        return self._new(lambda: "".join(map(self._chance.choice, parts)))

    def names(self, count: int) -> list[str]:
        return [self.name() for _ in range(count)]

    def number(self) -> str:
        return self._new(lambda: str(self._chance.randrange(1_000, 99_999)))

    def _new(self, make: Callable[[], str]) -> str:
        while True:
            made = make()
            if made not in self._given and made.casefold() not in self._filler:
                self._given.add(made)
                return made


def _made(
    kind: FactKind, number: int, template: Template, keys: tuple[str, str], invented: _Invented
) -> Fact:
    sentence, question = template
    answer = invented.number() if "{number}" in sentence else invented.name()
    told = sentence.format(key=keys[0], name=answer, number=answer)
    return Fact(kind, number, told, question.format(key=keys[1]), answer)
