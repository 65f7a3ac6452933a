"""When a visit is, and why a request was closed."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0013_closed_days'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='bookingrequest',
            name='request_status_says_who_and_when',
        ),
        migrations.AddField(
            model_name='bookingrequest',
            name='closing_reason',
            field=models.CharField(blank=True, choices=[('visit', 'After the visit'), ('elsewhere', 'Booked elsewhere'), ('no_reply', 'No reply after 3 tries'), ('duplicate', 'Duplicate'), ('not_ours', 'Not ours'), ('other', 'Other')], db_default='', max_length=10, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='bookingrequest',
            name='visit_at',
            field=models.DateTimeField(null=True, verbose_name='visit'),
        ),
        migrations.AddIndex(
            model_name='bookingrequest',
            index=models.Index(condition=models.Q(('closing_reason', ''), _negated=True), fields=['status_changed_at', 'closing_reason'], name='request_closing_reason'),
        ),
        migrations.AddConstraint(
            model_name='bookingrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'new'), ('status_changed_at', None), ('status_changed_by', None)), models.Q(('status', 'closed'), ('status_changed_at__isnull', False), ('status_changed_by', None)), models.Q(('status__in', ['new', 'contacted', 'scheduled', 'closed', 'spam']), ('status_changed_at__isnull', False), ('status_changed_by__isnull', False)), _connector='OR'), name='request_status_says_who_and_when'),
        ),
    ]
