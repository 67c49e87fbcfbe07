"""The admin's view of conversations, and what it refuses for their sake."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from chat.models import Conversation, CustomerSession, Letter, LetterKind
from chat.states import State
from tests import make, people
from tests.workstreams import backoffice
from workstreams.models import Widget, Workstream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office() -> Client:
    return backoffice.administrator()


def test_conversations_are_read_with_their_messages_and_trail(office: Client) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, body="My scanner is broken")
    page = office.get(backoffice.page(Conversation, conversation)).content.decode()
    assert "My scanner is broken" in page
    assert "Assigned" in page
    assert "Alice" in page


def test_what_became_of_its_emails_is_shown_without_an_address(office: Client) -> None:
    conversation = make.conversation(make.session("carla", email="carla@shop.example"))
    Letter.objects.create(
        conversation=conversation,
        kind=LetterKind.TRANSCRIPT,
        asked_at=conversation.started_at,
        due_at=conversation.started_at,
        address="typed@example.com",
        attempts=3,
    )
    page = office.get(backoffice.page(Conversation, conversation)).content.decode()
    assert "Transcript" in page
    assert "typed@example.com" not in page


def test_force_close_goes_through_the_action(office: Client) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    asked = backoffice.act(office, Conversation, "force_close", conversation)
    assert "cannot be opened again" in asked.content.decode()
    told = backoffice.act(office, Conversation, "force_close", conversation, confirmed="yes")
    assert backoffice.sentences(told) == ["1 conversation was closed."]
    conversation.refresh_from_db()
    assert conversation.state == State.CLOSED
    assert conversation.transitions.latest("turn").actor == "supervisor"
    again = backoffice.sentences(
        backoffice.act(office, Conversation, "force_close", conversation, confirmed="yes")
    )
    assert "moved on" in again[0]


def test_what_is_chosen_on_a_conversations_own_page_is_done_too(office: Client) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    chosen = {"CHANGE_FORM-action": "force_close", "_selected_action": conversation.pk}
    asked = office.post(backoffice.page(Conversation, conversation), chosen).content.decode()
    assert f'action="{backoffice.page(Conversation, verb="changelist")}"' in asked
    backoffice.act(office, Conversation, "force_close", conversation, confirmed="yes")
    conversation.refresh_from_db()
    assert conversation.state == State.CLOSED


def test_a_session_is_revoked(office: Client) -> None:
    session = make.session()
    backoffice.act(office, CustomerSession, "revoke", session)
    assert CustomerSession.objects.get().revoked_at is not None


def test_who_may_only_look_is_offered_no_actions(client: Client) -> None:
    looker = make.user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(looker)
    conversation = make.conversation()
    backoffice.act(client, Conversation, "force_close", conversation)
    assert Conversation.objects.get().state == State.OPEN


def test_the_authentication_setting_of_a_widget_in_use_cannot_be_exchanged(office: Client) -> None:
    shop = people.shop()
    make.conversation(widget=shop.widget)
    other = make.auth_setting()
    answer = backoffice.fill(office, backoffice.page(Widget, shop.widget), auth_setting=other.pk)
    assert "Unfinished conversations" in backoffice.errors(answer)["auth_setting"][0]
    shop.widget.refresh_from_db()
    assert shop.widget.auth_setting != other


def test_a_shorter_auto_close_says_how_many_it_concerns(office: Client) -> None:
    shop = people.shop()
    make.parked(shop.alice, widget=shop.widget)
    told = backoffice.sentences(
        backoffice.fill(office, backoffice.page(Workstream, shop.workstream), auto_close_minutes=60)
    )
    assert any("1 waiting conversation" in sentence for sentence in told)
