"""The chain: which thing a newcomer needs before which other, and who has the ball, read from
<country>/chain.toml. It steers and links only, so it may also rest on facts that we recall."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from content.entry import ContentError, Entry, parse_toml, read_text
from content.facts import Facts, Mark, load_facts
from content.findings import Finding
from content.taxonomy import load_taxonomy

FOLDER = Path(__file__).parent
STEP_KEYS = frozenset({"needs", "ball", "facts"})


class Player(StrEnum):
    """Who acts at a step; the authority is the topic's own in authorities.toml."""

    YOU = "you"
    AUTHORITY = "authority"
    BANK = "bank"
    MUNICIPALITY = "municipality"


@dataclass(frozen=True)
class Step:
    """`ball` names one or two players, in the order in which they act."""

    topic: str
    needs: tuple[str, ...]
    ball: tuple[Player, ...]
    facts: tuple[str, ...]
    mark: Mark

    @property
    def caution(self) -> bool:
        return self.mark is Mark.CHECK


@dataclass(frozen=True)
class Chain:
    """Every step stands below what it needs; a country without the file has no steps."""

    steps: tuple[Step, ...] = ()

    def step(self, topic: str) -> Step | None:
        return next((step for step in self.steps if step.topic == topic), None)

    def after(self, topic: str) -> tuple[str, ...]:
        """The next steps only: not those that a next step leads to."""
        waiting = [step.topic for step in self.steps if topic in step.needs]
        return tuple(
            later for later in waiting if not any(self._leads(near, later) for near in waiting)
        )

    def _leads(self, earlier: str, later: str) -> bool:
        step = self.step(later)
        needs = step.needs if step else ()
        return any(need == earlier or self._leads(earlier, need) for need in needs)


@cache
def load_chain(country: str, root: Path = FOLDER) -> Chain:
    """Raises ContentError for a file that cannot be read."""
    return read_chain(root / country, load_facts(root / country))


def read_chain(folder: Path, facts: Facts) -> Chain:
    path = folder / "chain.toml"
    if not path.exists():
        return Chain()
    entry = parse_toml(f"{folder.name}/{path.name}", read_text(path))
    return Chain(tuple(_parse_step(entry.entry(topic), topic, facts) for topic in entry.values))


def check_chain(folder: Path, facts: Facts) -> Iterator[Finding]:
    """Known topics; what is needed stands above, so that no circle can be written; real facts."""
    try:
        chain = read_chain(folder, facts)
    except ContentError as error:
        yield Finding(error.where, error.message)
        return
    above: set[str] = set()
    for step in chain.steps:
        where = f"{folder.name}/chain.toml: {step.topic}"
        if step.topic not in load_taxonomy().topics:
            yield Finding(where, "name the step after a topic of taxonomy.yaml")
        for need in step.needs:
            if need not in above:
                yield Finding(where, f"write the step '{need}' above it, or do not need it")
        yield from _check_facts(where, step, facts)
        above.add(step.topic)


def _check_facts(where: str, step: Step, facts: Facts) -> Iterator[Finding]:
    unknown = [fact for fact in step.facts if fact not in facts.register]
    for fact in unknown:
        yield Finding(where, f"there is no fact {fact} in sources.md")
    if not unknown and not any(facts.register[fact].mark is Mark.SEEN for fact in step.facts):
        yield Finding(where, "name a fact with the mark 'seen' behind it")


def _parse_step(entry: Entry, topic: str, facts: Facts) -> Step:
    entry.refuse_unknown(STEP_KEYS)
    named = tuple(fact for reference in entry.texts("facts") for fact in facts.expand(reference))
    return Step(topic, entry.texts("needs"), _parse_ball(entry), named, facts.strictest_mark(named))


def _parse_ball(entry: Entry) -> tuple[Player, ...]:
    names = entry.texts("ball")
    if len(set(names)) != len(names) or not 1 <= len(names) <= 2 or set(names) - set(Player):
        raise ContentError(entry.where, f"name one or two of {', '.join(Player)} as 'ball'")
    return tuple(Player(name) for name in names)
