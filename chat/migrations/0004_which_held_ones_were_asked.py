import chat.states
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("chat", "0003_letter")]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='held_out_turn',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(condition=models.Q(('preferred_agent__isnull', False), ('state', chat.states.State['OPEN']), models.Q(('held_out_turn', models.F('turn')), _negated=True)), fields=['queue', 'queued_at'], name='held_and_not_asked'),
        ),
    ]
