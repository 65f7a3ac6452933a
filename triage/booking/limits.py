"""Limits on how often one address, phone number or email may send a request.

Counted in the database, so they hold for all replicas together.
"""

import datetime as dt
import ipaddress
from collections import Counter

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from triage.booking.models import BookingRequest, RateLimitHit

# A hospital or a household has one address for many people; a person corrects a number once or twice.
PER_CLIENT, CLIENT_WINDOW = 20, dt.timedelta(hours=1)
PER_CONTACT, CONTACT_WINDOW = 6, dt.timedelta(days=1)


class TooManyError(Exception):
    """A limit was reached. Nothing was stored."""


def client_address(request: HttpRequest) -> str:
    """The network address that a request came from, or "" if it cannot be read.

    Each proxy appends the address it saw to X-Forwarded-For. Only the entries of our own proxies are trusted; a visitor
    can make up those further left. An IPv6 address gives its /64 network, as a household has one to choose from.
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
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def enforce_limits(client: str | None, request: BookingRequest) -> None:
    """Counts a request in the transaction that stores it.

    client: the address it came from, or None for a script, which has no limits.
    Raises TooManyError if a limit was reached before, which rolls the request back.
    """
    if client is None:
        return
    # Another extension is no other phone, nor other capitals another mailbox.
    contacts, now = {"phone": request.phone.partition(";")[0], "email": request.mailbox}, request.consented_at
    limits = {_hash(kind, text): (PER_CONTACT, CONTACT_WINDOW) for kind, text in contacts.items() if text}
    limits[_hash("client", client)] = (PER_CLIENT, CLIENT_WINDOW)
    # Counted here and not in the database: one short query instead of three.
    hits = RateLimitHit.objects.filter(key__in=limits, at__gt=now - CONTACT_WINDOW).values_list("key", "at")
    counts = Counter(key for key, at in hits if at > now - limits[key][1])
    if any(counts[key] >= limit for key, (limit, _window) in limits.items()):
        raise TooManyError
    RateLimitHit.objects.bulk_create(RateLimitHit(key=key, at=now) for key in limits)


def delete_old_hits(now: dt.datetime) -> None:
    """Deletes the hits that no limit counts any more. The worker calls it, so that no request has to wait for it."""
    RateLimitHit.objects.filter(at__lte=now - CONTACT_WINDOW).delete()


def _hash(kind: str, text: str) -> str:
    """A keyed hash: without the secret key nobody can tell what was hashed."""
    return salted_hmac(f"triage.booking.limits.{kind}", text, algorithm="sha256").hexdigest()[:32]
