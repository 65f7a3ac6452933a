"""How often one address, phone number or email may send a request. Counted in the database, so for all replicas."""

import datetime as dt
import ipaddress
from collections import Counter

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from triage.booking.models import Sending

# A hospital or a household has one address for many people; a person mends a number once or twice.
PER_CLIENT, CLIENT_WINDOW = 20, dt.timedelta(hours=1)
PER_CONTACT, CONTACT_WINDOW = 6, dt.timedelta(days=1)


class TooManyError(Exception):
    """Enough for now. Nothing was stored."""


def client_of(request: HttpRequest) -> str:
    """The network address that a request came from, as far as our own proxies vouch for it.

    Each proxy adds the address it saw at the end, so what a visitor makes up stands further left and is not read.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        text = seen[-settings.TRUSTED_PROXIES] if len(seen) >= settings.TRUSTED_PROXIES else seen[0]
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    # A household with IPv6 has a whole network of addresses to choose from.
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def count_sending(client: str | None, phone: str, email: str, now: dt.datetime) -> None:
    """Counts a request in the transaction that stores it. `client` None: there are no limits.

    Raises TooManyError if there were too many before: that takes the request back.
    """
    if client is None:
        return
    # Another extension is no other phone, nor other capitals another mailbox.
    given = {"phone": phone.partition(";")[0], "email": email.lower()}
    limits = {_mark(kind, text): (PER_CONTACT, CONTACT_WINDOW) for kind, text in given.items() if text}
    limits[_mark("client", client)] = (PER_CLIENT, CLIENT_WINDOW)
    # Counted here and not in the database: one short query instead of three.
    seen = Sending.objects.filter(mark__in=limits, at__gt=now - CONTACT_WINDOW).values_list("mark", "at")
    counts = Counter(mark for mark, at in seen if at > now - limits[mark][1])
    if any(counts[mark] >= most for mark, (most, _window) in limits.items()):
        raise TooManyError
    Sending.objects.bulk_create(Sending(mark=mark, at=now) for mark in limits)


def forget_old_sendings(now: dt.datetime) -> None:
    """Deletes what no limit counts any more. For the worker: done with each request it made that a tenth slower."""
    Sending.objects.filter(at__lte=now - CONTACT_WINDOW).delete()


def _mark(kind: str, text: str) -> str:
    """Tells the same from another, and only to who holds the key."""
    return salted_hmac(f"triage.booking.limits.{kind}", text, algorithm="sha256").hexdigest()[:32]
