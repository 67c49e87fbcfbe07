"""The admin center, as an administrator uses it."""

from __future__ import annotations

from typing import Self

from playwright.sync_api import Locator, Page, expect

from tests import make


class Office:
    """``add(...)`` opens an empty form, ``save()`` sends it: what is said afterwards stands in ``said`` or ``mistakes``."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.said = page.locator(".messagelist")
        self.mistakes = page.locator(".errorlist")
        self.snippet = page.get_by_label("Embed snippet")

    def sign_in(self, username: str) -> Self:
        self.page.goto(f"{self.url}/admin/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(make.PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("button", name="Log out")).to_be_visible()
        return self

    def add(self, model: str) -> Self:
        self.page.goto(f"{self.url}/admin/{model}/add/")
        return self

    def write(self, **values: str) -> Self:
        for name, value in values.items():
            self._field(name).fill(value)
        return self

    def choose(self, **labels: str) -> Self:
        for name, label in labels.items():
            self._field(name).select_option(label=label)
        return self

    def switch(self, *, on: bool, name: str) -> Self:
        self._field(name).set_checked(on)
        return self

    def search_and_choose(self, **values: str) -> Self:
        """In fields that offer what fits to what is typed."""
        for name, value in values.items():
            self.page.locator(f"#id_{_in_markup(name)} + .select2").get_by_role("combobox").click()
            self.page.get_by_role("searchbox").last.fill(value)
            self.page.get_by_role("option", name=value).click()
        return self

    def save(self) -> Self:
        self.page.get_by_role("button", name="Save", exact=True).click()
        return self

    def saved(self) -> Self:
        self.save()
        expect(self.said).to_contain_text("was added successfully")
        return self

    def open(self, model: str, name: str) -> Self:
        self.page.goto(f"{self.url}/admin/{model}/")
        self.page.locator("#result_list").get_by_role("link", name=name, exact=True).click()
        return self

    def _field(self, name: str) -> Locator:
        return self.page.locator(f"#id_{_in_markup(name)}")


def _in_markup(name: str) -> str:
    """``intervals__0__start`` is a field of the first row of an inline table."""
    return name.replace("__", "-")
