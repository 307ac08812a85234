"""Where a topic stands in the chain: what comes before it, what after, whose turn it is."""

from backend.reply import Button, Way
from bot.topic_titles import TITLES
from content.authorities import find_authority
from content.chain import Player, Step, load_chain
from content.texts import N_, Texts

PLAYERS = {
    Player.YOU: N_("you"),
    Player.BANK: N_("the bank"),
    Player.MUNICIPALITY: N_("the municipality"),
}


def find_way(texts: Texts, country: str, topic: str, home: str) -> Way | None:
    """None for a topic outside the chain. `home` is the municipality's address."""
    chain = load_chain(country)
    step = chain.step(topic)
    if step is None:
        return None
    return Way(
        now=texts.gettext(TITLES[topic]),
        turn=whose_turn(texts, country, step),
        url=f"{home}/chain",
        first=_buttons(texts, step.needs),
        then=_buttons(texts, chain.after(topic)),
    )


def whose_turn(texts: Texts, country: str, step: Step) -> str:
    names = [_name(texts, country, step.topic, player) for player in step.ball]
    if len(names) == 1:
        return texts.gettext("Whose turn: {who}", who=names[0])
    return texts.gettext(
        "Whose turn: first {first}, then {second}", first=names[0], second=names[1]
    )


def _name(texts: Texts, country: str, topic: str, player: Player) -> str:
    if player is Player.AUTHORITY:
        return find_authority(country, topic).name
    return texts.gettext(PLAYERS[player])


def _buttons(texts: Texts, topics: tuple[str, ...]) -> tuple[Button, ...]:
    return tuple(Button(texts.gettext(TITLES[topic]), f"topic:{topic}") for topic in topics)
