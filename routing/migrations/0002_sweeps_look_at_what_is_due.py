import django.db.models.deletion
from django.db import migrations, models

# Of those from before, what is pending in its turn has been asked; every offer was made in its conversation's queue of
# that turn, which the step to that turn names.
_WHO_WAS_ASKED = """
    UPDATE chat_conversation SET held_out_turn = turn
    WHERE preferred_agent_id IS NOT NULL AND EXISTS (
        SELECT FROM routing_offer
        WHERE conversation_id = chat_conversation.id AND state = 'pending' AND turn = chat_conversation.turn
    )
"""
_WHERE_IT_WAS = """
    UPDATE routing_offer SET queue_id = step.queue_id FROM chat_transition AS step
    WHERE step.conversation_id = routing_offer.conversation_id AND step.turn = routing_offer.turn
"""


def _queue(**how):
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="workstreams.queue",
        verbose_name="queue",
        **how,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0004_which_held_ones_were_asked"),
        ("routing", "0001_initial"),
        ("workstreams", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("clean_until", models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(model_name="offer", name="pending_offers_of_agent"),
        migrations.AddField(model_name="offer", name="queue", field=_queue(null=True)),
        migrations.RunSQL(_WHO_WAS_ASKED, migrations.RunSQL.noop),
        migrations.RunSQL(_WHERE_IT_WAS, migrations.RunSQL.noop),
        migrations.AlterField(model_name="offer", name="queue", field=_queue()),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                condition=models.Q(("state", "pending")),
                fields=["agent", "queue"],
                name="pending_offers_of_agent",
            ),
        ),
    ]
