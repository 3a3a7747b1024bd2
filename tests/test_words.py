"""Every word of the code has its Chinese twin in the catalogue, and is shown where the machine can draw it."""

import shutil
from string import Formatter

import pytest

from seglearn import words
from tools import words as tool

CODE = tool.extract()
KNOWN = tool.translations()


def test_the_catalogue_is_up_to_date_with_the_code():
    assert CODE.keys() - KNOWN.keys() == set(), "run `make words`, then translate"
    assert KNOWN.keys() - CODE.keys() == set(), "run `make words`: these are no longer in the code"
    assert tool.po_bytes(tool.catalogue()) == tool.PO.read_bytes(), "run `make words`"


def test_every_message_can_be_found_by_the_extraction():
    assert tool.unreachable() == []


def test_every_message_has_a_translation():
    assert [message for message, entry in KNOWN.items() if not entry.string] == []
    assert [message for message, entry in KNOWN.items() if entry.fuzzy] == []


def test_a_translation_keeps_the_places_to_fill_in():
    for message, entry in KNOWN.items():
        assert places(message) == places(entry.string), message
        assert message.count("$") == entry.string.count("$"), message
        assert message.strip() == message
        assert entry.string.strip() == entry.string, message


def places(text):
    """What stands in braces: `{inertia:.1f}` as ("inertia", ".1f", None)."""
    return sorted(str(found[1:]) for found in Formatter().parse(text) if found[1] is not None)


def test_the_catalogue_is_read_as_babel_reads_it():
    assert words._catalogue("zh_CN") == {message: entry.string for message, entry in KNOWN.items()}
    assert words._catalogue("en") == {}


def test_a_language_that_the_course_does_not_speak_is_refused(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")
    words.speak("zh_CN")
    assert words.os.environ["LANGUAGE"] == "zh_CN"
    with pytest.raises(ValueError, match=r"language: expected one of 'en', 'zh_CN', got 'fr'"):
        words.speak("fr")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A package of one file with a catalogue of one word, which `_` looks into."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "a.py").write_text('_("seed {n}")\nmark("cut")\n', encoding="utf-8")
    path = tmp_path / "zh_CN" / "LC_MESSAGES" / "seglearn.po"
    path.parent.mkdir(parents=True)
    catalogue = tool.catalogue(package, path)
    catalogue["seed {n}"].string = "种子 {n}"
    path.write_bytes(tool.po_bytes(catalogue))
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    words._catalogue.cache_clear()
    yield package, path
    words._catalogue.cache_clear()


def test_words_come_in_the_language_asked_for(small, monkeypatch):
    monkeypatch.setattr(words, "cjk_font", lambda: "Noto Sans CJK SC")
    for asked, shown in {"zh_CN": "种子 {n}", "zh_CN:en": "种子 {n}", "zh": "种子 {n}", "en": "seed {n}"}.items():
        monkeypatch.setenv("LANGUAGE", asked)
        assert words._("seed {n}") == shown
    monkeypatch.delenv("LANGUAGE")
    assert words._("seed {n}") == "seed {n}"
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    assert words._("cut") == "cut"  # not translated yet


def test_words_are_english_where_the_machine_has_no_chinese_font(small, monkeypatch):
    monkeypatch.setattr(words, "cjk_font", lambda: None)
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    assert words.language() == "en"
    assert words._("seed {n}") == "seed {n}"


@pytest.mark.parametrize(
    ("fonts", "found"),
    [
        ({"DejaVu Sans"}, None),
        ({"DejaVu Sans", "SimHei"}, "SimHei"),
        ({"SimHei", "Noto Sans CJK SC"}, "Noto Sans CJK SC"),
    ],
)
def test_the_font_is_the_first_of_the_list_that_is_installed(fonts, found, monkeypatch):
    from matplotlib import font_manager

    entries = [font_manager.FontEntry(name=name) for name in fonts]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", entries)
    words.cjk_font.cache_clear()
    assert words.cjk_font() == found
    words.cjk_font.cache_clear()


def test_the_tool_keeps_translations_drops_old_words_and_gives_the_same_bytes_twice(small):
    package, path = small
    before = path.read_bytes()
    assert tool.po_bytes(tool.catalogue(package, path)) == before
    assert [message.id for message in tool.untranslated(tool.catalogue(package, path))] == ["cut"]
    shutil.copy(package / "a.py", package / "b.py")
    (package / "a.py").write_text('\n\n_("new")\n', encoding="utf-8")
    catalogue = tool.catalogue(package, path)
    assert [(message.id, message.string) for message in catalogue if message.id] == [
        ("new", ""),
        ("seed {n}", "种子 {n}"),
        ("cut", ""),
    ]
    (package / "b.py").write_text('_("new")\n', encoding="utf-8")
    assert [message.id for message in tool.catalogue(package, path) if message.id] == ["new"]
    assert b"POT-Creation-Date" not in before
    assert b"a.py:" not in before


@pytest.mark.parametrize("code", ["mark(name)", "tuple(map(mark, names))", '_(f"seed {n}")', '_("seed " + name)'])
def test_a_message_that_cannot_be_found_is_told(small, code):
    package, _ = small
    assert tool.unreachable(package) == []
    (package / "b.py").write_text(f'_("seed")\n{code}\n_(name)\n', encoding="utf-8")
    assert tool.unreachable(package) == ["package/b.py:2"]


def test_no_edition_writes_a_word_that_the_glossary_forbids():
    folder = tool.ROOT / "notebooks" / "source"
    rows = [line.split("|")[1:-1] for line in (folder / "glossary.md").read_text(encoding="utf-8").splitlines()[10:]]
    forbidden = {word for row in rows for word in row[2].strip().split("、") if word}
    assert len(rows) > 50
    assert len(forbidden) > 8
    for path in [*folder.glob("4*.md"), *folder.glob("*.po"), tool.PO]:
        text = path.read_text(encoding="utf-8")
        assert [word for word in forbidden if word in text] == [], path.name
