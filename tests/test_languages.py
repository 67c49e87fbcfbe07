"""Each language that customers are offered has every text of theirs, as it is written now."""

from __future__ import annotations

import gettext
import io
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from tests import catalogs, make
from workstreams.automated import Trigger, placeholders_of, text_for
from workstreams.modes import Mode

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|%%")
in_each_language = pytest.mark.parametrize("language", catalogs.TRANSLATED)


def test_what_is_offered_is_translated() -> None:
    assert {code for code, _ in settings.LANGUAGES} == {*catalogs.TRANSLATED, "en"}


@in_each_language
def test_every_text_that_customers_read_is_translated(language: str) -> None:
    translated = {
        (message.id, message.context): message.string
        for message in catalogs.texts_of(catalogs.written(language))
    }
    needed = {(message.id, message.context) for message in catalogs.texts_of(catalogs.wanted())}
    assert needed - translated.keys() == set(), "run bin/messages, and translate"
    assert translated.keys() - needed == set(), "run bin/messages: nobody reads these any more"
    assert [key for key, string in translated.items() if not _is_whole(string)] == []


@in_each_language
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    wrong = [
        message.id
        for message in catalogs.texts_of(catalogs.written(language))
        if _placeholders(message.id) != _placeholders(message.string)
    ]
    assert wrong == []


@in_each_language
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    fresh = catalogs.compiled(catalogs.written(language))
    assert _read(catalogs.path_of(language, "mo").read_bytes()) == _read(fresh), "run bin/messages"


@in_each_language
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("trigger", Trigger)
def test_automated_lines_are_said_in_the_customers_language(
    language: str, mode: Mode, trigger: Trigger
) -> None:
    values = {name: f"<{name}>" for name in placeholders_of(trigger)}
    told = text_for(trigger=trigger, mode=mode, language=language, values=values)
    english = text_for(trigger=trigger, mode=mode, language="en", values=values)
    assert (told is None) == (english is None)
    assert told is None or told != english


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "setting", "browser", "spoken"),
    [
        ("fr", "de", "ja", "fr"),
        ("", "de", "ja", "de"),
        ("", "", "ja,en;q=0.5", "ja"),
        ("", "", "tlh", "en"),
        ("tlh", "", "es-MX", "es"),
    ],
)
def test_the_page_decides_then_the_setting_then_the_browser(
    client: Client, page: str, setting: str, browser: str, spoken: str
) -> None:
    widget = make.widget(locale=setting)
    query = {"locale": page} if page else {}
    answer = client.get(f"/widget/{widget.public_id}/", query, headers={"Accept-Language": browser})
    assert f'<html lang="{spoken}"' in answer.content.decode()
    assert answer["Content-Language"] == spoken


@pytest.mark.django_db
def test_staff_read_english_whatever_the_browser_asks_for(client: Client) -> None:
    answer = client.get("/accounts/login/", headers={"Accept-Language": "de"})
    assert '<html lang="en"' in answer.content.decode()
    assert translation.get_language() == settings.LANGUAGE_CODE


def _is_whole(string: object) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def _placeholders(text: object) -> set[str]:
    return set(PLACEHOLDER.findall(" ".join(text) if isinstance(text, tuple) else str(text)))


def _read(compiled: bytes) -> dict[object, str]:
    translations = gettext.GNUTranslations(io.BytesIO(compiled))
    read: dict[object, str] = vars(translations)["_catalog"]
    return {key: text for key, text in read.items() if key}
