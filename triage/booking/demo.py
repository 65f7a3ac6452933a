"""The staff account of a machine where someone looks at the site. Worth nothing anywhere else."""

import ipaddress

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.http.request import split_domain_port

DEMO_USERNAME = "demo-frontdesk"


def is_refused(user: AbstractBaseUser | AnonymousUser, request: HttpRequest | None) -> bool:
    """Whether `user` is the demo account, and `request` came from another machine or by a public name."""
    return user.get_username() == DEMO_USERNAME and (request is None or not is_loopback(request))


def is_loopback(request: HttpRequest) -> bool:
    """Whether the request was made on this very machine, to a loopback name, and passed on by no one."""
    host, _port = split_domain_port(request.get_host())
    is_passed_on = any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))
    return (
        not is_passed_on
        and (host == "localhost" or _is_loopback_address(host.strip("[]")))
        and _is_loopback_address(request.META.get("REMOTE_ADDR", ""))
    )


def _is_loopback_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
