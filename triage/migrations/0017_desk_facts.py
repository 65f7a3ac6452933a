"""What the desk notes in a call: insurance, date of birth, who sent the person."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0016_spaceless_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='bookingrequest',
            name='desk_facts',
            field=models.JSONField(null=True, verbose_name='asked by the desk'),
        ),
    ]
