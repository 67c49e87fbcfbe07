"""What an administrator meets when setting up sign-in."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from authsettings.models import AuthSetting
from tests.authsettings.make import auth_setting
from tests.authsettings.outside import answer, server
from tests.authsettings.signing import ec_key, private_pem, public_pem, rsa_key

pytestmark = pytest.mark.django_db

ADD = "admin:authsettings_authsetting_add"


def administrator() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="admin", is_staff=True, is_superuser=True))
    return client


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Shop",
        "public_key": public_pem(rsa_key()),
        "algorithms": ["RS256"],
        "client_function": "auth.getAuthenticationToken",
        "issuer": "https://shop.example",
        **changes,
    }


def page(response: Any) -> str:
    assert isinstance(response, HttpResponse)
    return response.text


def post(**changes: Any) -> Any:
    return administrator().post(reverse(ADD), form(**changes), follow=True)


def test_a_pasted_key_is_saved() -> None:
    response = post()
    setting = AuthSetting.objects.get()
    assert setting.algorithms == ["RS256"]
    assert setting.client_function == "auth.getAuthenticationToken"
    assert "was added successfully" in page(response)


def test_a_url_is_saved_without_asking_it() -> None:
    post(public_key="", public_key_url="https://shop.invalid/keys")
    assert AuthSetting.objects.get().public_key_url == "https://shop.invalid/keys"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "neither URL nor key": ({"public_key": ""}, "Without it no customer is recognised"),
    "both URL and key": ({"public_key_url": "https://shop.example/keys"}, "not both"),
    "no key at all": ({"public_key": "my key"}, "not a public key in PEM form"),
    "a weak key": ({"public_key": public_pem(rsa_key("small", 1024))}, "not supported"),
    "a key for another algorithm": ({"public_key": public_pem(ec_key())}, "The pasted key is for ES256"),
    "no algorithm": ({"algorithms": []}, "This field is required"),
    "HMAC": ({"algorithms": ["HS256"]}, "not one of the available choices"),
    "an http URL": ({"public_key": "", "public_key_url": "http://shop.example/"}, "must begin with https"),
    "localhost": ({"public_key": "", "public_key_url": "http://localhost/"}, "must begin with https"),
    "metadata": ({"public_key": "", "public_key_url": "https://169.254.169.254/"}, "no key may be fetched"),
    "a function call": ({"client_function": "alert(1)"}, "Write the name of a function"),
    "a script as sign-in page": ({"sign_in_url": "javascript:alert(1)"}, "Enter a valid URL"),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_mistake_is_refused_with_a_kind_sentence(changes: dict[str, Any], reason: str) -> None:
    assert reason in page(post(**changes))
    assert not AuthSetting.objects.exists()


@pytest.mark.parametrize("text", [private_pem(rsa_key()), public_pem(rsa_key()) + private_pem(rsa_key())])
def test_a_private_key_is_neither_stored_nor_shown_again(text: str) -> None:
    response = page(post(public_key=text))
    assert "This is a private key" in response
    assert "BEGIN PRIVATE KEY" not in response
    assert private_pem(rsa_key()).splitlines()[1] not in response
    assert not AuthSetting.objects.exists()


def test_several_algorithms_may_be_allowed() -> None:
    post(algorithms=["RS256", "RS512"])
    assert AuthSetting.objects.get().policy().algorithms == ("RS256", "RS512")


def test_a_missing_issuer_is_mentioned() -> None:
    assert "No issuer is set" in page(post(issuer=""))


@override_settings(DEBUG=True)
def test_in_development_http_from_this_machine_is_saved_with_a_warning() -> None:
    response = page(post(public_key="", public_key_url="http://localhost:8000/demo/publickey"))
    assert "for development on this machine only" in response
    assert AuthSetting.objects.exists()


def change_page(setting: AuthSetting) -> str:
    return page(administrator().get(reverse("admin:authsettings_authsetting_change", args=[setting.pk])))


def test_the_page_shows_which_keys_are_held() -> None:
    assert "any id, RS256 RS384 RS512" in change_page(auth_setting())


@override_settings(DEBUG=True)
def test_the_page_shows_which_keys_the_url_answers() -> None:
    with server(answer(public_pem(ec_key()).encode()), certified_for=None) as shop:
        setting = auth_setting(public_key_url=f"http://localhost:{shop.port}/keys")
        assert "any id, ES256" in change_page(setting)


def test_the_page_shows_why_no_key_can_be_had() -> None:
    setting = auth_setting(public_key_url="https://127.0.0.1/keys")
    assert "None can be used: 127.0.0.1 is at 127.0.0.1" in change_page(setting)


def test_a_form_with_errors_asks_nobody() -> None:
    with server(answer(b""), certified_for=None) as shop, override_settings(DEBUG=True):
        setting = auth_setting(public_key_url=f"http://localhost:{shop.port}/keys")
        address = reverse("admin:authsettings_authsetting_change", args=[setting.pk])
        response = administrator().post(
            address,
            form(public_key="", public_key_url=f"http://127.0.0.1:{shop.port}/", client_function="()"),
        )
    assert "Write the name of a function" in page(response)
    assert shop.requests == []


def test_the_list_shows_where_each_key_comes_from() -> None:
    auth_setting()
    auth_setting(name="Bank", public_key_url="https://bank.example/keys")
    response = page(administrator().get(reverse("admin:authsettings_authsetting_changelist")))
    assert "pasted" in response
    assert "https://bank.example/keys" in response


def test_a_stranger_sees_and_saves_nothing() -> None:
    client = Client()
    client.force_login(User.objects.create(username="bob", is_staff=True))
    assert client.get(reverse(ADD)).status_code == 403
    assert client.post(reverse(ADD), form()).status_code == 403
    client.force_login(User.objects.create(username="carla"))
    assert client.post(reverse(ADD), form()).status_code == 302
    assert not AuthSetting.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"public_key": ""},
        {"public_key": public_pem(rsa_key()), "public_key_url": "https://shop.example/keys"},
        {"public_key": private_pem(rsa_key())},
        {"public_key": private_pem(rsa_key()).lower()},
    ],
    ids=["neither", "both", "private", "private in small letters"],
)
def test_the_database_itself_refuses_what_the_form_would(changes: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        auth_setting(**changes)
