"""An administrator makes everything in the admin center, and it works on a site elsewhere."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from chat.states import State
from tests import make
from tests.authsettings import signing
from tests.browser import facts
from tests.browser.office import Office
from tests.browser.pages import Console, WidgetFrame
from tests.browser.sites import site_elsewhere
from tests.browser.windows import Windows
from tests.servers import Web
from workstreams.models import OperatingHours, QuestionKind, Queue, Widget


def test_what_an_administrator_makes_works_on_a_site_elsewhere(live: Web, windows: Windows) -> None:
    make.user("ada", is_staff=True, is_superuser=True)
    make.agent("alice")
    office = Office(windows.open(), live.url).sign_in("ada")
    with site_elsewhere(parley=live.url, token=make.token) as site:
        windows.known.add(site.url)
        make_the_setting(office)
        make_the_hours(office)
        make_the_queue(office)
        make_the_workstream(office)
        make_the_widget(office, domain=site.host)
        make_a_masking_rule(office)
        assert_all_is_made()
        site.snippet = office.open("workstreams/widget", "Garden").snippet.input_value()

        alice = Console(windows.open(), live.url).sign_in("alice")
        page = windows.open()
        page.goto(site.url)
        widget = WidgetFrame(page).open().write("AB-204117: do the roses want shade?")
        alice.accept()
        expect(alice.bodies.first).to_have_text("[order]: do the roses want shade?")
        alice.write("The morning sun is best.")
        expect(widget.bodies.last).to_have_text("The morning sun is best.")
        assert facts.the_conversation().state == State.ACTIVE
        assert page.context.cookies() == []


def make_the_setting(office: Office) -> None:
    office.add("authsettings/authsetting").write(name="Garden shop", public_key="not a key").save()
    expect(office.mistakes.first).to_be_visible()
    office.write(public_key=signing.public_pem(signing.rsa_key()), issuer="https://shop.example").saved()


def make_the_hours(office: Office) -> None:
    """Days and nights over midnight around this moment: open whenever this test runs."""
    office.add("workstreams/operatinghours").write(name="Day and night").choose(time_zone="UTC")
    yesterday, today, tomorrow = (timezone.now() + timedelta(days=days) for days in (-1, 0, 1))
    night, day = ("18:00", "06:00"), ("06:00", "18:00")
    for row, (date, (start, end)) in enumerate(
        ((yesterday, night), (today, day), (today, night), (tomorrow, day))
    ):
        office.choose(**{f"intervals__{row}__weekday": f"{date:%A}"})
        office.write(**{f"intervals__{row}__start": start, f"intervals__{row}__end": end})
    office.saved()
    expect(office.said).to_contain_text("Open now")


def make_the_queue(office: Office) -> None:
    office.add("workstreams/queue").write(name="Gardeners").choose(operating_hours="Day and night")
    office.search_and_choose(memberships__0__agent="alice").saved()


def make_the_workstream(office: Office) -> None:
    office.add("workstreams/workstream").write(name="Garden").choose(queue="Gardeners")
    office.switch(name="persistent", on=True).switch(name="keep_same_agent", on=False).save()
    expect(office.mistakes).to_contain_text("Switch on “Keep same agent for entire conversation”")
    office.switch(name="keep_same_agent", on=True).saved()


def make_the_widget(office: Office, *, domain: str) -> None:
    office.add("workstreams/widget").write(name="Garden", allowed_domains=domain).choose(
        workstream="Garden"
    ).save()
    expect(office.mistakes).to_contain_text("Choose an authentication setting for this widget.")
    office.choose(auth_setting="Garden shop").saved()


def make_a_masking_rule(office: Office) -> None:
    """What it hides is shown while it is being made."""
    office.add("workstreams/maskingrule").write(name="Orders", pattern="(?=AB)", label="[order]")
    shown = office.page.locator("#try-shown")
    expect(shown).to_contain_text("This pattern cannot be used")
    office.write(pattern=r"\bAB-\d{6}\b")
    expect(shown).to_contain_text("about [order].")
    office.saved()


def assert_all_is_made() -> None:
    widget = Widget.objects.get()
    assert (widget.public_id, widget.mode) == ("garden", "persistent")
    assert widget.workstream.keep_same_agent
    assert OperatingHours.objects.get().intervals.count() == 4
    queue = Queue.objects.get()
    assert [membership.agent for membership in queue.memberships.all()] == [facts.agent("alice")]


def test_the_list_of_queues_is_seen_whole(live: Web, windows: Windows) -> None:
    make.user("ada", is_staff=True, is_superuser=True)
    make.queue("Returns", operating_hours=make.hours())  # about which there is much to say
    page = windows.open(viewport={"width": 1280, "height": 1400})
    Office(page, live.url).sign_in("ada")
    page.goto(f"{live.url}/admin/workstreams/queue/")
    expect(page.get_by_role("columnheader", name="Members")).to_be_in_viewport(ratio=1)


def test_an_overflow_rule_is_seen_whole(live: Web, windows: Windows) -> None:
    make.user("ada", is_staff=True, is_superuser=True)
    page = windows.open(viewport={"width": 1280, "height": 1400})
    office = Office(page, live.url).sign_in("ada").add("workstreams/queue")
    for field in ("when", "limit", "action", "target"):
        expect(office.page.locator(f"#id_overflow_rules-0-{field}")).to_be_in_viewport(ratio=1)


def test_what_is_asked_and_who_is_invited_is_seen_whole(live: Web, windows: Windows) -> None:
    widget = make.widget()
    make.question(widget, "Size", QuestionKind.CHOICE, options=["S", "M"])
    make.invitation(widget)
    make.user("ada", is_staff=True, is_superuser=True)
    page = windows.open(viewport={"width": 1280, "height": 6000})
    office = Office(page, live.url).sign_in("ada")
    office.page.goto(f"{live.url}/admin/workstreams/widget/{widget.pk}/change/")
    for row, fields in (
        ("questions", ("position", "name", "text", "kind", "options", "link", "required", "DELETE")),
        ("invitations", ("position", "text", "after_seconds", "url_pattern", "min_visits", "DELETE")),
    ):
        for field in fields:
            expect(office.page.locator(f"#id_{row}-0-{field}")).to_be_in_viewport(ratio=1)
