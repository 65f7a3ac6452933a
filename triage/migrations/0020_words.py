"""What fields and events are called at the desk. No column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0019_digest'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='notice',
            options={'default_permissions': ('view', 'change'), 'ordering': ['created_at', 'id'], 'verbose_name': 'mail', 'verbose_name_plural': 'mail'},
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='what',
            field=models.CharField(choices=[('sent', 'Sent by the patient'), ('sent_again', 'Changed by the patient'), ('viewed', 'Viewed'), ('changed', 'Changed'), ('noted', 'Note added'), ('replied', 'Reply to the patient'), ('exported', 'Exported'), ('erased', 'Erased'), ('refused', 'Tried without permission'), ('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('second_factor', 'App or passkey changed'), ('account', 'Staff account changed'), ('notice', 'Mail that did not go out'), ('closure', 'Closed day changed')], max_length=15, verbose_name='what'),
        ),
        migrations.AlterField(
            model_name='bookingrequest',
            name='for_whom',
            field=models.CharField(choices=[('me', 'Me'), ('child', 'My child'), ('other', 'Someone else')], max_length=5, verbose_name='for whom'),
        ),
        migrations.AlterField(
            model_name='bookingrequest',
            name='good_time',
            field=models.CharField(choices=[('any', 'Any time'), ('morning', 'Morning'), ('afternoon', 'Afternoon')], max_length=9, verbose_name='good time'),
        ),
        migrations.AlterField(
            model_name='bookingrequest',
            name='note',
            field=models.TextField(blank=True, verbose_name='anything to know'),
        ),
        migrations.AlterField(
            model_name='bookingrequest',
            name='part_of_day',
            field=models.CharField(choices=[('any', 'Any time'), ('morning', 'Morning'), ('afternoon', 'Afternoon')], max_length=9, verbose_name='part of day'),
        ),
        migrations.AlterField(
            model_name='bookingrequest',
            name='rules_version',
            field=models.CharField(blank=True, max_length=20, verbose_name='version of the check'),
        ),
        migrations.AlterField(
            model_name='bookingrequest',
            name='shared_answers',
            field=models.JSONField(null=True, verbose_name='answers of the check'),
        ),
        migrations.AlterField(
            model_name='bookingrequest',
            name='shared_level',
            field=models.PositiveSmallIntegerField(choices=[(0, 'Care at home'), (1, 'See a doctor'), (2, 'Get seen today'), (3, 'Call 911')], null=True, verbose_name='what the check told them'),
        ),
    ]
