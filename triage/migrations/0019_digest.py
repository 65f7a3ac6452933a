"""What waits, told to the desk once a day by the outbox."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0018_staff_location'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='day',
            field=models.DateField(null=True, unique=True),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('desk', 'New request, to the desk'), ('patient', 'Confirmation, to the patient'), ('digest', 'What waits, to the desk'), ('tried', 'We tried to call'), ('call_us', 'Please call us'), ('visit', 'Your visit is set'), ('more', 'We need one more thing'), ('notours', 'Sorry, not ours')], max_length=7, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='triage.bookingrequest', verbose_name='request'),
        ),
    ]
