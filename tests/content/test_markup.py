from content.markup import BulletList, Link, Paragraph, Term, blocks, pieces, plain_text

TEXT = """First line
goes on.

Bring:
- your passport
- the letter
  from the bank

See https://www.skatteverket.se/idkort."""


def test_text_becomes_paragraphs_and_lists() -> None:
    assert blocks(TEXT) == (
        Paragraph("First line goes on."),
        Paragraph("Bring:"),
        BulletList(("your passport", "the letter from the bank")),
        Paragraph("See https://www.skatteverket.se/idkort."),
    )


def test_empty_text_has_no_blocks() -> None:
    assert blocks(" \n ") == ()


def test_html_stays_text_for_the_template_to_escape() -> None:
    assert blocks("<b>bold</b>") == (Paragraph("<b>bold</b>"),)


def test_plain_text_has_bullets_and_no_markup() -> None:
    assert plain_text("Bring:\n- passport\n- letter") == "Bring:\n\n• passport\n• letter"


def test_an_address_becomes_a_link_without_the_full_stop() -> None:
    assert pieces("See https://www.skatteverket.se/idkort.") == (
        "See ",
        Link("https://www.skatteverket.se/idkort"),
        ".",
    )


def test_arabic_punctuation_ends_an_address() -> None:
    assert pieces("https://www.1177.se،") == (Link("https://www.1177.se"), "،")


def test_text_without_address_is_one_piece() -> None:
    assert pieces("Bring your passport") == ("Bring your passport",)


def test_a_short_word_with_a_hyphen_stays_whole() -> None:
    assert pieces("بطاقة الهوية (id-kort)") == ("بطاقة الهوية (", Term("id-kort"), ")")


def test_addresses_long_words_and_ranges_hold_no_terms() -> None:
    texts = ("https://www.kela.fi/en-gb", "kotoutumiskoulutus-asiakas", "1-3")
    assert [pieces(text) for text in texts] == [(Link(texts[0]),), (texts[1],), (texts[2],)]
