"""Marks text for translation. Django's own function, without Django."""


def gettext_noop(text: str) -> str:
    """Returns `text` unchanged. makemessages collects it; templates translate it when they show it."""
    return text
