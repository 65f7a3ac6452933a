"""What the staff answer with, sent by the outbox."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0015_queue'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditevent',
            name='what',
            field=models.CharField(choices=[('sent', 'Sent by the patient'), ('sent_again', 'Changed by the patient'), ('viewed', 'Viewed'), ('changed', 'Changed'), ('noted', 'Note added'), ('replied', 'Reply to the patient'), ('exported', 'Exported'), ('erased', 'Erased'), ('refused', 'Tried without permission'), ('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('second_factor', 'Second factor changed'), ('account', 'Staff account changed'), ('notice', 'Notice to be sent again'), ('closure', 'Closed day changed')], max_length=15, verbose_name='what'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('desk', 'New request, to the desk'), ('patient', 'Confirmation, to the patient'), ('tried', 'We tried to call'), ('call_us', 'Please call us'), ('visit', 'Your visit is set'), ('more', 'We need one more thing'), ('notours', 'Sorry, not ours')], max_length=7, verbose_name='kind'),
        ),
    ]
