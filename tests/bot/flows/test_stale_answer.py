"""A section that has changed since it was translated is shown in the language it was written in."""

import shutil
from pathlib import Path

from content.answers import CONTENT_FOLDER, load_answers
from tests.bot.conftest import StartChat
from tests.content.example_pack import change

NOT_YET = "This text is not written in your language yet."


async def test_only_the_stale_section_is_shown_in_swedish(chats: StartChat, tmp_path: Path) -> None:
    shutil.copytree(CONTENT_FOLDER / "se", tmp_path / "se")
    change(tmp_path, "se/id_card/sv.md", "- Kom själv.", "- Kom själv i god tid.")
    chat = await chats("en")
    chat.answers = load_answers(tmp_path)

    [stale] = await chat.press("section:id_card:how")
    assert (stale.language, "Kom själv i god tid." in stale.text) == ("sv", True)
    assert stale.source is not None
    assert NOT_YET in stale.source.notes
    [current] = await chat.press("section:id_card:cost")
    assert current.language == "en"
    assert current.source is not None
    assert NOT_YET not in current.source.notes
