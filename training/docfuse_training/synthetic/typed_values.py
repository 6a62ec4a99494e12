"""Values of typewritten forms: short, of a few words, or of several short lines."""

from __future__ import annotations

from docfuse_training.synthetic.desk import Desk
from docfuse_training.synthetic.typed_keys import KINDS_OF_VALUES, phrase


def some_value(desk: Desk) -> str:
    """A value of any kind, short or of a few words."""
    if desk.chance(0.25):
        text = phrase(desk)
        return text.upper() if desk.chance(0.2) else text.title() if desk.chance(0.4) else text
    if desk.chance(0.2):
        return desk.locale.fake.sentence(nb_words=desk.rng.randrange(1, 6)).rstrip(".")
    text = desk.some(desk.rng.choice(KINDS_OF_VALUES))
    return f"{text} ({desk.some(desk.rng.choice(('code', 'word', 'number')))})" if desk.chance(0.08) else text


def signed_name(desk: Desk) -> str:
    """A person as business letters name one: initials, a form of address, capitals."""
    fake, rng = desk.locale.fake, desk.rng
    first = rng.choice((f"{fake.first_name()[0]}.", f"{fake.first_name()[0]}.", fake.first_name()))
    middle = desk.locale.pattern(" ?.") if desk.chance(0.6) else ""
    title = rng.choice(("", "", "", "Mr. ", "Ms. ", "Dr. ")) if desk.locale.language == "en" else ""
    name = f"{title}{first}{middle} {fake.last_name()}" + rng.choice(("",) * 8 + (", Jr.",))
    return name.upper() if desk.chance(0.3) else name


def stacked(desk: Desk, count: int) -> list[str]:
    """A value of several short lines: who, where, and how to reach them."""
    party = desk.locale.party()
    who = desk.rng.choice((desk.locale.person(), signed_name(desk), party.name))
    rest = [desk.locale.word("words", "places"), party.name, *party.address, party.phone, party.email]
    return [who, *(rest if desk.chance(0.3) else rest[2:])][: max(count, 2)]
