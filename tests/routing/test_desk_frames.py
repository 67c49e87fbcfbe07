"""The promise of the agent's socket: a snapshot and the frames after it are a fresh snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from chat import actions, courier
from chat.models import Conversation, CustomerSession
from routing import actions as routing
from routing.models import Offer
from tests import make, people
from tests.clients import Frame
from tests.people import Shop
from tests.routing.desk import AgentClient
from tests.servers import Web
from tests.waiting import wait_until

Desk = dict[str, Any]


def test_snapshot_and_frames_are_a_fresh_snapshot(live: Web) -> None:
    shop = people.shop()
    carla = people.carla(shop.widget)
    with AgentClient(live.url, shop.alice) as watcher, AgentClient(live.url, shop.alice) as actor:
        before = watcher.hello()
        actor.hello()
        _everything_happens(actor, shop, carla)
        assert courier.flush()
        fresh = desk_of(actor.hello(), ())
        wait_until(
            lambda: _caught_up(watcher, before, fresh), what=lambda: difference(watcher, before, fresh)
        )


def _everything_happens(actor: AgentClient, shop: Shop, carla: CustomerSession) -> None:
    """Each verb at least once, and what the customer says in between."""
    conversation = make.posted(carla, "Hello").conversation
    offer = actor.until("offer.made")["offer"]
    actor.ask({"type": "offer.accept", "offer": offer["id"]})
    actor.post(conversation.pk, "Good morning")
    actor.post(conversation.pk, "She seems nice", internal=True)
    make.posted(carla, "I have a question")
    actor.send({"type": "seen", "conversation": str(conversation.pk), "seq": 3})
    assert actor.do("park", conversation.pk)["type"] == "ok"
    make.posted(carla, "I am back")
    assert actor.do("resume", conversation.pk)["type"] == "ok"
    assert actor.do("end", conversation.pk)["type"] == "ok"
    assert actor.do("close", conversation.pk)["type"] == "ok"
    parked = make.parked(shop.alice, widget=shop.widget)
    released = make.active(shop.alice, widget=shop.widget)
    assert actor.do("requeue", released.pk)["type"] == "ok"
    taken = make.active(shop.alice, widget=shop.widget)
    make.given(taken, shop.bob)
    make.answered(make.active(shop.alice, widget=shop.widget), shop.alice, "Still here")
    _somebody_takes_part(actor, shop, make.active(shop.alice, widget=shop.widget))
    assert Offer.objects.exists()
    assert parked.state == "waiting"


def _somebody_takes_part(actor: AgentClient, shop: Shop, conversation: Conversation) -> None:
    """Alice asks Bob, who stays and may answer; Sue has joined and left; Bob asks Alice twice, and once still does."""
    make.connected(shop.bob)
    named = {"conversation": str(conversation.pk), "agent": shop.bob.pk}
    for step in ("conversation.consult", "consult.add"):
        assert actor.ask({"type": step, **named})["type"] == "ok"
    routing.join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    actions.leave_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    over, going_on = (make.active(shop.bob, widget=shop.widget) for _ in range(2))
    for asked in (over, going_on):
        routing.consult_colleague(
            user=shop.bob.user, conversation_id=asked.pk, agent_id=shop.alice.pk, now=timezone.now()
        )
    assert actor.ask({"type": "leave", "conversation": str(over.pk)})["type"] == "ok"


def desk_of(snapshot: Frame, frames: Iterable[Frame]) -> Desk:
    """What a client holds that read this snapshot and then these frames, as the rules of the wire say."""
    desk = {
        one["conversation"]["id"]: {
            **_kept(one["conversation"]),
            "log": {_key(m): m["body"] for m in one["messages"]},
        }
        for one in snapshot["conversations"]
    }
    offers = {offer["id"] for offer in snapshot["offers"]}
    ended: set[str] = set()  # an offer that has ended never stands again
    gone: dict[str, int] = {}  # removals carry a version: an older frame may come later
    logs: dict[str, dict[str, str]] = {}
    for frame in frames:
        match frame["type"]:
            case "message.posted":
                logs.setdefault(frame["conversation"], {})[_key(frame["message"])] = frame["message"]["body"]
            case "conversation.changed":
                shape = frame["conversation"]
                held = desk.get(shape["id"], {"version": gone.get(shape["id"], 0), "log": {}})
                if shape["version"] >= held["version"] and shape["version"] != gone.get(shape["id"]):
                    desk[shape["id"]] = {**held, **_kept(shape)}
            case "conversation.removed":
                gone[frame["conversation"]] = frame["version"]
                if frame["version"] >= desk.get(frame["conversation"], {"version": 0})["version"]:
                    desk.pop(frame["conversation"], None)
            case "offer.made":
                offers.add(frame["offer"]["id"])
            case "offer.withdrawn":
                ended.add(frame["offer"])
    for key, held in desk.items():
        held["log"] |= logs.get(key, {})
    return {"conversations": desk, "offers": offers - ended}


def _kept(shape: Frame) -> dict[str, Any]:
    kept = ("version", "state", "turn", "agent", "held_for_me", "queue", "participants")
    return {name: shape[name] for name in kept}


def _key(message: Frame) -> str:
    return f"m{message['seq']}" if message["seq"] else f"n{message['note_seq']}"


def _caught_up(watcher: AgentClient, before: Frame, fresh: Desk) -> bool:
    watcher.ask({"type": "ping"})
    return not difference(watcher, before, fresh)


def difference(watcher: AgentClient, before: Frame, fresh: Desk) -> str:
    """Empty when both hold the same. A conversation handed over brings no log: the page asks for its history."""
    held, expected = desk_of(before, watcher.frames), fresh["conversations"]
    lines = [] if held["offers"] == fresh["offers"] else [f"offers {held['offers']} != {fresh['offers']}"]
    for key in held["conversations"].keys() | expected.keys():
        mine, theirs = held["conversations"].get(key), expected.get(key)
        if mine is None or theirs is None or mine | {"log": 0} != theirs | {"log": 0}:
            lines.append(f"{key}: {mine} != {theirs}")
        elif not mine["log"].items() <= theirs["log"].items():
            lines.append(f"{key}: log {mine['log']} is not in {theirs['log']}")
    return "\n".join(lines)
