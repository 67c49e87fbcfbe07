"""Choosing is pure: each rule and each obstacle by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.matching import Candidate, Obstacle, Rule, SkillNeed, Work, match, obstacle
from routing.presence import Status, effective
from routing.why import everybody, in_words, nameless, names_everybody, of_match, of_rule
from tests.routing.clock import NOW, later
from workstreams.models import AssignmentMethod, SkillMatching

WORK = Work(units=25, allowed=frozenset({"available", "busy"}))


def candidate(number: int = 1, **fields: Any) -> Candidate:
    known: dict[str, Any] = {
        "user_id": number,
        "name": f"Agent {number}",
        "status": Status.AVAILABLE,
        "capacity": 100,
        "used": 0,
    }
    return Candidate(**(known | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"used": 75}, None),
        ({"used": 76}, Obstacle.NO_ROOM),
        ({"used": 200, "status": Status.DO_NOT_DISTURB}, Obstacle.NO_ROOM),
        ({"status": Status.DO_NOT_DISTURB}, Obstacle.PRESENCE),
        ({"status": Status.AWAY}, Obstacle.PRESENCE),
        ({"status": Status.INACTIVE}, Obstacle.PRESENCE),
        ({"status": Status.OFFLINE, "used": 200}, Obstacle.OFFLINE),
        ({"status": Status.BUSY}, None),
    ],
)
def test_each_obstacle(fields: dict[str, Any], expected: Obstacle | None) -> None:
    assert obstacle(candidate=candidate(**fields), work=WORK, now=NOW) is expected


def test_whoever_refused_is_asked_again_when_the_pause_is_over() -> None:
    work = replace(WORK, paused={1: later(60)})
    assert obstacle(candidate=candidate(), work=work, now=later(59)) is Obstacle.PAUSED
    assert obstacle(candidate=candidate(), work=work, now=later(60)) is None


@pytest.mark.parametrize(
    ("method", "better"),
    [
        (AssignmentMethod.HIGHEST_CAPACITY, {"used": 0}),
        (AssignmentMethod.ROUND_ROBIN, {"last_assigned_at": later(-60)}),
        (AssignmentMethod.LONGEST_IDLE, {"freed_at": later(-60)}),
    ],
)
def test_each_method_prefers_its_own(method: AssignmentMethod, better: dict[str, Any]) -> None:
    known: dict[str, Any] = {"used": 50, "last_assigned_at": NOW, "freed_at": NOW}
    people = [candidate(1, **known), candidate(2, **known | better), candidate(3, **known)]
    found = match(candidates=people, work=replace(WORK, method=method), now=NOW)
    assert found.choice is not None
    assert (found.choice.candidate.user_id, found.choice.rule) == (2, Rule(method))


def test_what_broke_a_tie_is_said_and_only_then() -> None:
    people = [
        candidate(1, used=25),
        candidate(2, used=25, last_assigned_at=NOW),
        candidate(3, used=25),
        candidate(4, used=50),
    ]
    told = of_match(match(candidates=people, work=WORK, now=NOW))
    assert in_words(told) == (
        "Agent 1: most room (75 of 100 units free). Also possible: Agent 3 (75 free, has the newer account), "
        "Agent 2 (75 free, was given one later), Agent 4 (50 free)."
    )
    assert [each.standing for each in everybody(told, {})][2] == "75 of 100 units free, was given one later"


def test_skills_come_before_what_breaks_a_tie() -> None:
    need = SkillNeed(skill_id=1, name="German", level=2)
    work = replace(WORK, skill_matching=SkillMatching.CLOSEST, skills=(need,))
    people = [candidate(1, skills={1: 2}), candidate(2, skills={1: 2}, last_assigned_at=NOW), candidate(3)]
    told = of_match(match(candidates=people, work=work, now=NOW))
    assert [each.get("tie") for each in told["eligible"]] == ["assigned_later", None]


def test_who_is_inactive_is_told_with_the_reason() -> None:
    found = match(
        candidates=[candidate(status=Status.INACTIVE), candidate(2, status=Status.AWAY)], work=WORK, now=NOW
    )
    assert in_words(of_match(found)) == (
        "Not possible: Agent 1 (is inactive: let an offer run out), Agent 2 (is Away)."
    )


def test_ties_go_to_whoever_was_never_assigned_then_longest_ago() -> None:
    people = [
        candidate(1, last_assigned_at=NOW),
        candidate(2, last_assigned_at=later(-60)),
        candidate(3, last_assigned_at=None),
    ]
    found = match(candidates=people, work=WORK, now=NOW)
    assert [each.user_id for each in found.eligible] == [3, 2, 1]


def test_the_latest_agent_comes_first_but_only_with_room() -> None:
    work = replace(WORK, latest_agent=2)
    full, fit = candidate(2, used=100), candidate(2, used=75)
    first = match(candidates=[candidate(1), fit], work=work, now=NOW).choice
    second = match(candidates=[candidate(1), full], work=work, now=NOW).choice
    assert first is not None
    assert second is not None
    assert (first.candidate, first.rule) == (fit, Rule.LATEST_AGENT)
    assert (second.candidate.user_id, second.rule) == (1, Rule.ONLY_ONE)


def test_nobody_is_an_answer_too() -> None:
    found = match(candidates=[candidate(status=Status.OFFLINE)], work=WORK, now=NOW)
    assert found.choice is None
    assert in_words(of_match(found)) == "Not possible: Agent 1 (not connected)."


@given(
    people=st.lists(
        st.builds(
            candidate,
            st.integers(1, 50),
            used=st.integers(0, 150),
            status=st.sampled_from(Status),
        ),
        unique_by=lambda each: each.user_id,
    )
)
def test_everybody_is_either_eligible_or_has_an_obstacle(people: list[Candidate]) -> None:
    found = match(candidates=people, work=WORK, now=NOW)
    assert len(found.eligible) + len(found.others) == len(people)
    assert (found.choice is not None) == bool(found.eligible)
    if found.choice:
        assert found.choice.candidate.free == max(each.free for each in found.eligible)


@pytest.mark.parametrize(
    ("chosen", "missed", "connected", "used", "status"),
    [
        ("available", False, True, 0, "available"),
        ("available", False, True, 1, "busy"),
        ("available", False, True, 100, "do_not_disturb"),
        ("busy", False, True, 0, "busy"),
        ("busy", False, True, 100, "do_not_disturb"),
        ("do_not_disturb", False, True, 0, "do_not_disturb"),
        ("away", False, True, 50, "away"),
        ("offline", False, True, 0, "offline"),
        ("available", True, True, 0, "inactive"),
        ("away", True, True, 0, "inactive"),
        ("available", True, False, 0, "offline"),
        ("available", False, False, 0, "offline"),
    ],
)
def test_the_presence_that_counts(chosen: str, missed: bool, connected: bool, used: int, status: str) -> None:
    assert status == effective(chosen=chosen, missed=missed, is_connected=connected, used=used, capacity=100)


def test_the_reason_says_who_could_who_could_not_and_what_decided() -> None:
    people = [
        candidate(1, name="Alice", used=25),
        candidate(2, name="Bob", used=50),
        candidate(3, name="Chen", used=90),
        candidate(4, name="Dan", status=Status.AWAY),
        candidate(5, name="Eve"),
        candidate(6, name="Fay", status=Status.OFFLINE),
    ]
    found = match(candidates=people, work=replace(WORK, paused={5: later(60)}), now=NOW)
    assert in_words(of_match(found)) == (
        "Alice: most room (75 of 100 units free). Also possible: Bob (50 free). "
        "Not possible: Chen (no room: 10 units free, 25 needed), Dan (is Away), "
        "Eve (refused it, asked again from 12:01:00 UTC), Fay (not connected)."
    )


def test_a_long_reason_names_some_and_counts_the_others() -> None:
    people = [candidate(number) for number in range(1, 31)]
    told = in_words(of_match(match(candidates=people, work=WORK, now=NOW)))
    assert "and 21 more" in told
    assert len(told) < 500


@given(
    people=st.lists(
        st.builds(
            candidate,
            st.integers(1, 500),
            used=st.integers(0, 4).map(lambda places: 25 * places),
            status=st.sampled_from(Status),
            skills=st.dictionaries(st.just(7), st.integers(1, 3)),
        ),
        unique_by=lambda each: each.user_id,
        max_size=60,
    )
)
def test_a_record_keeps_everybody_as_they_stood(people: list[Candidate]) -> None:
    scanners = SkillNeed(skill_id=7, name="Scanners", level=2)
    paused = {each.user_id: later(60) for each in people[::5]}
    work = replace(WORK, skill_matching=SkillMatching.EXACT, skills=(scanners,), paused=paused)
    found = match(candidates=people, work=work, now=NOW)
    kept = json.loads(json.dumps(of_match(found)))
    names = {each.user_id: each.name for each in people}
    short = everybody(kept, names)
    at_length = everybody(of_match(found, named=1000), names)
    assert sorted(each.name for each in short) == sorted(names.values())
    assert [each.name for each in short if each.rank] == [each.name for each in found.eligible]
    assert {each.name: each.standing for each in short if not each.rank} == {
        each.name: each.standing for each in at_length if not each.rank
    }
    assert nameless(kept) <= names.keys()
    assert names_everybody(kept) == (not nameless(kept))


def test_who_is_no_agent_any_more_is_still_counted() -> None:
    told = of_match(match(candidates=[candidate(number) for number in range(1, 12)], work=WORK, now=NOW))
    assert [each.name for each in everybody(told, {10: "Jo"})][-2:] == ["Jo", "somebody who is gone"]


def test_a_choice_of_people_says_what_the_rules_held_against_it() -> None:
    away, bob = candidate(1, name="Alice", status=Status.AWAY), candidate(2, name="Bob")
    among = match(candidates=[away, bob], work=WORK, now=NOW)
    told = in_words(of_rule(Rule.SUPERVISOR, agent=away, units=25, by="Sue", among=among))
    assert told == (
        "Alice: assigned by Sue. The queue's own rules would not have offered it: is Away. "
        "Also possible: Bob (100 free)."
    )
    told = in_words(of_rule(Rule.PICKED, agent=candidate(3, name="Chen"), units=25, among=among))
    assert "would not have offered it: not a member of the queue. Also possible: Bob" in told


def test_the_reason_of_an_exception_says_by_how_much_the_capacity_is_exceeded() -> None:
    alice = candidate(name="Alice", used=90)
    among = match(candidates=[alice], work=WORK, now=NOW)
    told = of_rule(Rule.SUPERVISOR, agent=alice, units=25, by="Sue", among=among)
    assert in_words(told) == "Alice: assigned by Sue. This exceeds the capacity by 15 units."
    assert in_words({}) == ""


GERMAN, SCANNERS = (
    SkillNeed(skill_id=1, name="German", level=3),
    SkillNeed(skill_id=2, name="Scanners", level=2),
)


def skilled(matching: SkillMatching) -> Work:
    return replace(WORK, skill_matching=matching, skills=(GERMAN, SCANNERS))


@pytest.mark.parametrize(
    ("skills", "expected"),
    [
        ({1: 3, 2: 2}, None),
        ({1: 5, 2: 5}, None),
        ({1: 2, 2: 5}, Obstacle.SKILLS),
        ({1: 5}, Obstacle.SKILLS),
        ({}, Obstacle.SKILLS),
    ],
)
def test_exact_skills_are_all_there_at_their_level(skills: dict[int, int], expected: Obstacle | None) -> None:
    somebody = candidate(skills=skills)
    assert obstacle(candidate=somebody, work=skilled(SkillMatching.EXACT), now=NOW) is expected
    for lenient in (SkillMatching.NONE, SkillMatching.CLOSEST):
        assert obstacle(candidate=somebody, work=skilled(lenient), now=NOW) is None


def test_the_closest_skills_come_first_and_the_method_decides_among_equals() -> None:
    expert, fitting, beginner, nobody = (
        candidate(1, skills={1: 5, 2: 5}),
        candidate(2, skills={1: 3, 2: 2}, used=50),
        candidate(3, skills={1: 2, 2: 2}),
        candidate(4),
    )
    work = skilled(SkillMatching.CLOSEST)
    found = match(candidates=[nobody, expert, beginner, fitting], work=work, now=NOW)
    assert [each.user_id for each in found.eligible] == [2, 1, 3, 4]
    assert found.choice is not None
    assert found.choice.rule is Rule.CLOSEST_SKILLS

    equal = match(candidates=[fitting, replace(fitting, user_id=5, used=0)], work=work, now=NOW)
    assert equal.choice is not None
    assert (equal.choice.candidate.user_id, equal.choice.rule) == (5, Rule.HIGHEST_CAPACITY)


def test_skills_are_put_into_words() -> None:
    found = match(
        candidates=[candidate(1, name="Alice", skills={1: 3}), candidate(2, name="Bob", skills={1: 4, 2: 2})],
        work=skilled(SkillMatching.EXACT),
        now=NOW,
    )
    assert "Alice (lacks Scanners 2)" in in_words(of_match(found))
