"""What `manage.py check --deploy` refuses."""

from triage.operations.checks import mail_can_be_sent


def test_a_site_that_cannot_send_its_notices_is_refused(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    messages = mail_can_be_sent(None)
    assert [message.msg.split()[0] for message in messages] == ["EMAIL_URL", "DEFAULT_FROM_EMAIL", "DESK_EMAIL"]
    assert messages[0].msg == "EMAIL_URL is not set, so no notice of a request can be sent."
    assert "EMAIL_URL=smtp+tls://user:password@host:587" in messages[0].hint


def test_one_with_a_server_and_addresses_is_fine(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL, settings.DESK_EMAIL = "no-reply@example.org", "desk@example.org"
    assert mail_can_be_sent(None) == []
