"""Classification in the admin: rules, what they ask for, and what an administrator is told of mistakes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.workstreams.backoffice import (
    act,
    administrator,
    fill,
    inline_errors,
    page,
    sentences,
)
from workstreams.models import ClassificationRule, ContextVariable, Queue, RuleCondition, Skill, Workstream
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db
RETIRED = datetime(2026, 1, 1, tzinfo=UTC)
GOLD = ("context", "tier", "is", "gold")


@pytest.fixture
def client() -> Client:
    return administrator()


@pytest.fixture
def stream() -> Workstream:
    made = make.workstream(name="Support", queue=make.queue("Everybody"), skill_matching="closest")
    make.variable(made, "tier")
    make.variable(made, "orders", "number")
    return made


def add(client: Client, stream: Workstream, *conditions: tuple[str, str, str, str], **changes: Any) -> Any:
    """Two rows of conditions at most: the form shows one empty row, as to an administrator with scripts there are more."""
    rows = {"conditions__TOTAL_FORMS": len(conditions)} | {
        f"conditions__{number}__{field}": value
        for number, condition in enumerate(conditions)
        for field, value in zip(("subject", "name", "operator", "value"), condition, strict=True)
    }
    return fill(
        client, page(ClassificationRule), **{"name": "Gold", "workstream": stream.pk} | rows | changes
    )


def warnings(response: Any) -> list[str]:
    return [sentence for sentence in sentences(response) if "added successfully" not in sentence]


def listed(client: Client) -> str:
    return client.get(page(ClassificationRule, verb="changelist")).content.decode()


class TestMaking:
    def test_a_rule_is_made_with_conditions_queues_and_skills(
        self, client: Client, stream: Workstream
    ) -> None:
        vip, german = make.queue("VIP"), make.skill("German")
        response = add(
            client,
            stream,
            GOLD,
            ("language", "", "is", "de"),
            queues_in_order__0__queue=vip.pk,
            skills_asked__0__skill=german.pk,
            skills_asked__0__level=3,
            conversation_priority=10,
        )
        assert warnings(response) == []
        made = ClassificationRule.objects.get()
        assert [str(each) for each in made.conditions.order_by("pk")] == ["tier is gold", "language is de"]
        assert (made.queues_in_order.get().queue, made.conversation_priority) == (vip, 10)
        assert (made.skills_asked.get().skill, made.skills_asked.get().level) == (german, 3)

    def test_the_list_reads_like_what_happens(self, client: Client, stream: Workstream) -> None:
        skills = {make.skill("German"): 3}
        queues = [make.queue("VIP"), make.queue("Night")]
        make.rule(stream, GOLD, queues=queues, skills=skills, conversation_priority=10)
        make.rule(stream, name="Rest")
        shown = listed(client)
        for words in ("tier is “gold”", "VIP, Night", "skills: German ≥ 3", "priority 10"):
            assert words in shown
        assert "none: matches everybody" in shown
        assert "fallback queue" in shown

    def test_a_rule_without_queues_is_allowed_and_said(self, client: Client, stream: Workstream) -> None:
        assert warnings(add(client, stream, GOLD)) == [
            "“Gold” names no queue: what it matches goes to the fallback queue, “Everybody”, with the skills and the "
            "priority given here."
        ]

    def test_it_stays_in_its_workstream(self, client: Client, stream: Workstream) -> None:
        rule, other = make.rule(stream), make.workstream()
        fill(client, page(ClassificationRule, rule), workstream=other.pk, name="Renamed")
        rule.refresh_from_db()
        assert (rule.name, rule.workstream) == ("Renamed", stream)

    def test_a_level_beyond_the_scale_is_refused(self, client: Client, stream: Workstream) -> None:
        skill = make.skill()
        response = add(client, stream, skills_asked__0__skill=skill.pk, skills_asked__0__level=6)
        assert "less than or equal to 5" in inline_errors(response)[0]

    def test_the_same_queue_twice_is_refused(self, client: Client, stream: Workstream) -> None:
        rule, queue = make.rule(stream, queues=[make.queue()]), Queue.objects.latest("pk")
        response = fill(client, page(ClassificationRule, rule), queues_in_order__1__queue=queue.pk)
        assert "already exists" in inline_errors(response)[0]


class TestMistakes:
    @pytest.mark.parametrize(
        ("condition", "sentence"),
        [
            (("context", "Tier", "is", "gold"), "name: “Tier” is not a context variable of the workstream."),
            (("prechat", "", "is", "x"), "name: Write the name of the pre-chat question."),
            (("context", "tier", "at_least", "5"), "operator: “is at least” compares numbers"),
            (("context", "orders", "is", "five"), "value: “five” is not a number."),
            (("authenticated", "", "is", "maybe"), "value: “maybe” is neither yes nor no."),
            (("language", "", "is", "German"), "value: “German” is not the code of a language."),
            (("context", "tier", "is", ""), "value: Write the value to compare with."),
        ],
        ids=lambda told: told[0] if isinstance(told, tuple) else "",
    )
    def test_a_condition_that_makes_no_sense_is_refused(
        self, client: Client, stream: Workstream, condition: tuple[str, str, str, str], sentence: str
    ) -> None:
        found = inline_errors(add(client, stream, condition))
        assert len(found) == 1
        assert found[0].startswith(sentence)
        assert not ClassificationRule.objects.exists()

    @pytest.mark.parametrize(
        ("conditions", "sentence"),
        [
            ([GOLD, ("context", "tier", "is", "silver")], "Nobody can meet these conditions together"),
            (
                [("context", "orders", "at_least", "5"), ("context", "orders", "at_most", "4")],
                "orders is at least “5”; orders is at most “4”",
            ),
            ([("authenticated", "", "is", "no")], "Whoever writes to a persistent workstream is signed in"),
        ],
        ids=["two values", "an empty range", "signed in"],
    )
    def test_a_rule_that_can_never_match_is_refused(
        self,
        client: Client,
        stream: Workstream,
        conditions: list[tuple[str, str, str, str]],
        sentence: str,
    ) -> None:
        found = inline_errors(add(client, stream, *conditions))
        assert len(found) == 1
        assert sentence in found[0]
        assert not ClassificationRule.objects.exists()

    def test_a_live_workstream_knows_visitors_who_have_not_signed_in(self, client: Client) -> None:
        live = make.workstream(mode=Mode.LIVE)
        add(client, live, ("authenticated", "", "is", "no"))
        assert ClassificationRule.objects.exists()

    def test_what_is_changed_is_judged_again(self, client: Client, stream: Workstream) -> None:
        rule = make.rule(stream, GOLD)
        response = fill(client, page(ClassificationRule, rule), conditions__0__operator="at_most")
        assert inline_errors(response)[0].startswith("operator:")
        assert RuleCondition.objects.get().operator == "is"

    def test_what_is_removed_contradicts_nothing(self, client: Client, stream: Workstream) -> None:
        rule = make.rule(stream, GOLD)
        fill(
            client,
            page(ClassificationRule, rule),
            conditions__0__DELETE="on",
            conditions__1__subject="context",
            conditions__1__name="tier",
            conditions__1__value="silver",
        )
        assert RuleCondition.objects.get().value == "silver"

    def test_a_rule_without_a_workstream_is_asked_for_one(self, client: Client, stream: Workstream) -> None:
        response = add(client, stream, GOLD, workstream="")
        assert "workstream" in response.context["adminform"].form.errors


class TestWarnings:
    def test_a_rule_that_is_never_reached_is_kept_and_said(self, client: Client, stream: Workstream) -> None:
        make.rule(stream, ("context", "tier", "given", ""), name="Any tier", queues=[make.queue()])
        queue = make.queue()
        [told] = warnings(add(client, stream, GOLD, position=10_000, queues_in_order__0__queue=queue.pk))
        assert told.startswith("“Gold” is never reached: “Any tier”, which comes first,")
        assert ClassificationRule.objects.count() == 2
        assert "“Gold” is never reached" in listed(client)

    def test_a_rule_that_hides_another_says_so(self, client: Client, stream: Workstream) -> None:
        make.rule(stream, GOLD, name="Gold")
        make.rule(stream, name="Rest")
        queue = make.queue()
        told = warnings(add(client, stream, name="All", position=0, queues_in_order__0__queue=queue.pk))
        assert [sentence.split(",")[0] for sentence in told] == [
            "“Gold” is never reached: “All”",
            "“Rest” is never reached: “All”",
        ]

    def test_rules_of_other_workstreams_hide_nothing(self, client: Client, stream: Workstream) -> None:
        make.rule(make.workstream(), position=0, queues=[make.queue()])
        assert warnings(add(client, stream, GOLD, queues_in_order__0__queue=make.queue().pk)) == []

    def test_retired_queues_are_not_offered_and_are_told_of(self, client: Client, stream: Workstream) -> None:
        queue = make.queue("VIP")
        rule = make.rule(stream, GOLD, name="Gold", queues=[queue])
        queue.retired_at = RETIRED
        queue.save()
        assert "All queues of “Gold” are retired" in listed(client)
        assert (
            "All queues of “Gold” are retired" in sentences(fill(client, page(ClassificationRule, rule)))[0]
        )
        refused = add(client, stream, GOLD, queues_in_order__0__queue=queue.pk)
        assert inline_errors(refused)[0].startswith("queue:")

    def test_skills_that_are_ignored_are_told_of_on_both_pages(self, client: Client) -> None:
        stream, skill = make.workstream(), make.skill()
        told = warnings(add(client, stream, name="Any", skills_asked__0__skill=skill.pk))
        assert "The skills that “Any” asks for are ignored" in told[0]
        told = sentences(fill(client, page(Workstream, stream), fall_back_minutes=10))
        assert any("skills that this workstream's rules ask for are ignored" in sentence for sentence in told)
        told = sentences(fill(client, page(Workstream, stream), skill_matching="exact"))
        assert not any("ignored" in sentence for sentence in told)

    def test_skills_that_no_agent_has_are_told_of_where_they_are_needed(self, client: Client) -> None:
        stream, german, french = make.workstream(skill_matching="exact"), make.skill("German"), make.skill()
        alice, bob = make.agent("alice"), make.agent("bob")
        make.skilled(alice, german, 3)
        make.skilled(bob, french, 3)
        make.rule(stream, skills={german: 3})
        assert "offered to nobody" not in listed(client)
        make.rule(stream, skills={german: 4}, name="Expert")
        make.rule(stream, skills={german: 1, french: 1}, name="Both")
        shown = listed(client)
        assert "No agent has what “Expert” asks for (German ≥ 4)" in shown
        assert "No agent has what “Both” asks for" in shown
        stream.skill_matching = "closest"
        stream.save()
        assert "offered to nobody" not in listed(client)


class TestVariables:
    def test_variables_are_defined_on_the_workstream(self, client: Client, stream: Workstream) -> None:
        fill(client, page(Workstream, stream), variables__2__name="plan", variables__2__kind="text")
        assert ContextVariable.objects.filter(workstream=stream, name="plan", kind="text").exists()

    def test_two_of_a_name_are_refused(self, client: Client, stream: Workstream) -> None:
        response = fill(client, page(Workstream, stream), variables__2__name="tier")
        assert "already exists" in inline_errors(response)[0]

    @pytest.mark.parametrize(
        "change",
        [{"DELETE": "on"}, {"name": "Tier"}, {"kind": "number"}],
        ids=lambda change: next(iter(change)),
    )
    def test_one_that_rules_ask_for_stays_as_it_is(
        self, client: Client, stream: Workstream, change: dict[str, str]
    ) -> None:
        make.rule(stream, GOLD, name="Gold")
        make.rule(stream, GOLD, name="Another")
        # In the order of their names: orders, tier.
        response = fill(
            client,
            page(Workstream, stream),
            **{f"variables__1__{name}": value for name, value in change.items()},
        )
        assert inline_errors(response) == [
            "“tier” must stay as it is, because rules ask for it: Another, Gold. Change those first."
        ]
        assert ContextVariable.objects.get(workstream=stream, name="tier").kind == "text"

    def test_one_that_only_another_workstream_or_an_answer_names_may_go(
        self, client: Client, stream: Workstream
    ) -> None:
        make.rule(make.workstream(), GOLD)
        make.rule(stream, ("prechat", "tier", "is", "gold"))
        fill(client, page(Workstream, stream), variables__1__DELETE="on")
        assert not ContextVariable.objects.filter(workstream=stream, name="tier").exists()


class TestSkills:
    def test_a_skill_is_made_and_deleted_while_nobody_needs_it(self, client: Client) -> None:
        fill(client, page(Skill), name="German")
        skill = Skill.objects.get()
        client.post(page(Skill, skill, "delete"), {"post": "yes"})
        assert not Skill.objects.exists()

    def test_one_that_rules_and_agents_use_is_not_deleted(self, client: Client, stream: Workstream) -> None:
        skill = make.skill("German")
        make.rule(stream, skills={skill: 1}, name="Gold")
        make.skilled(make.agent("alice"), skill)
        response = client.post(page(Skill, skill, "delete"), {"post": "yes"}, follow=True)
        assert sentences(response) == [
            "“German” cannot be deleted, because it is in use. Classification rules: Gold; Agents. "
            "Let those use something else first."
        ]
        assert Skill.objects.exists()
        act(client, Skill, "delete_selected", skill)
        assert Skill.objects.exists()

    def test_who_has_it_is_edited_on_its_page(self, client: Client) -> None:
        skill, alice = make.skill("German"), make.agent("alice")
        fill(client, page(Skill, skill), agents__0__agent=alice.pk, agents__0__level=4)
        assert (alice.skills.get().skill, alice.skills.get().level) == (skill, 4)
        assert client.get(page(Skill, verb="changelist")).status_code == 200

    def test_a_queue_that_a_rule_names_is_not_deleted(self, client: Client, stream: Workstream) -> None:
        vip = make.queue("VIP")
        make.rule(stream, queues=[vip], name="Gold")
        response = client.post(page(Queue, vip, "delete"), {"post": "yes"}, follow=True)
        assert "Classification rules: Gold." in sentences(response)[0]
