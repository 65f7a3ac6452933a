"""Limits on how often one address, phone or mailbox may send a request, counted in the database for all replicas."""

import datetime as dt
import ipaddress
import re
from collections import Counter

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from triage.booking.models import BookingRequest, RateLimitHit

PER_CONTACT, CONTACT_WINDOW = 6, dt.timedelta(days=1)  # a person corrects a number once or twice
# A hospital has one address for many people, so requests above this are stored, flagged and not confirmed by email. An
# IPv6 address counts by its /64 network (a household) and by its /48 (a company).
PER_CLIENT, PER_NETWORK, CLIENT_WINDOW = 20, 60, dt.timedelta(hours=1)
MOST_TIMES = 10  # above so many times PER_CLIENT or PER_NETWORK, nothing is stored


class TooManyError(Exception):
    """A limit was reached. Nothing was stored."""


def client_address(request: HttpRequest) -> str:
    """The network address that a request came from, of IPv6 its /64 network; "" if it cannot be read.

    Each proxy appends the address it saw to X-Forwarded-For. A visitor can make up the entries left of our proxies'.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        text = seen[-settings.TRUSTED_PROXIES :][0]  # the first if there are fewer
    # Some proxies write the port behind it: 203.0.113.5:4431, [2001:db8::1]:4431.
    text = re.sub(r"^\[(.+)\](:\d+)?$|^([\d.]+):\d+$", r"\1\3", text.strip())
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def enforce_limits(client: str | None, request: BookingRequest) -> int:
    """Count a request, in the transaction that stores it. Return its number among those to flag, from 1; 0: not one.

    client: see client_address; None for a script, which has no limits.
    Raises TooManyError, which rolls the request back.
    """
    if client is None:
        return 0
    now = request.consented_at
    # One phone, whatever the extension.
    contacts = {"phone": request.phone.partition(";")[0], "email": request.mailbox}
    limits = {_hash(kind, text): PER_CONTACT for kind, text in contacts.items() if text}
    networks = {_hash("client", client): PER_CLIENT}
    if ":" in client:
        networks[_hash("network", str(ipaddress.ip_network(client).supernet(new_prefix=48)))] = PER_NETWORK
    limits |= {key: MOST_TIMES * most for key, most in networks.items()}
    # A hit that counts for longer than any window was stored while a clock was wrong. Replicas' clocks differ a bit.
    recent = RateLimitHit.objects.filter(key__in=limits, counts_until__range=(now, now + 2 * CONTACT_WINDOW))
    counts = Counter(recent.values_list("key", flat=True))
    if any(counts[key] >= most for key, most in limits.items()):
        raise TooManyError
    windows = dict.fromkeys(limits, CONTACT_WINDOW) | dict.fromkeys(networks, CLIENT_WINDOW)
    hits = [RateLimitHit(key=key, counts_until=now + window) for key, window in windows.items()]
    RateLimitHit.objects.bulk_create(hits)
    return max(0, *(counts[key] + 1 - most for key, most in networks.items()))


def count_sendings(mailbox: str, until: dt.datetime) -> int:
    """How often forms with this mailbox were sent in the day before `until`, also if it was replaced since."""
    of_a_day = {"counts_until__gt": until, "counts_until__lte": until + CONTACT_WINDOW}
    return RateLimitHit.objects.filter(key=_hash("email", mailbox), **of_a_day).count()


def delete_old_hits(now: dt.datetime) -> None:
    """Delete the hits that no limit counts any more."""
    RateLimitHit.objects.filter(counts_until__lte=now).delete()


def _hash(kind: str, text: str) -> str:
    """A keyed hash, which cannot be guessed without SECRET_KEY."""
    return salted_hmac(f"triage.booking.limits.{kind}", text, algorithm="sha256").hexdigest()[:32]
