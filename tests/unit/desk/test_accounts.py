"""Staff accounts, and what each role may do."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db.models import ProtectedError

from tests.conftest import PASSWORD, PatientClient
from tests.reading import ReadPage, text_of
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import hours_ago, numbers_in
from triage.booking import actions
from triage.booking.models import AuditEvent, BookingRequest, StaffAccount, Status
from triage.desk import accounts as staff

LIST = "/admin/triage/staffaccount/"
ANNA = {"username": "anna", "first_name": "Anna", "last_name": "Berg", "email": "anna@example.org"}
NEW = ANNA | {"role": staff.FRONT_DESK}
MADE = {"fields": [*ANNA], "changed": {"role": ["", "Front desk"]}, "invited": True}
SAME = NEW | {"is_active": "on"}
What = AuditEvent.What

pytestmark = pytest.mark.django_db


def page_of(account) -> str:
    return f"{LIST}{account.pk}/change/"


def said(client) -> str:
    return client.get(LIST).content.decode()


def events_about(account) -> list[tuple[str, str, dict]]:
    events = AuditEvent.objects.filter(details__account=account.pk).order_by("id").select_related("by")
    return [(each.what, str(each.by), {k: v for k, v in each.details.items() if k != "account"}) for each in events]


@pytest.fixture
def anna(manager_client) -> StaffAccount:
    """An account that the manager made, as the front desk's."""
    assert manager_client.post(f"{LIST}add/", NEW).status_code == 200
    return StaffAccount.objects.get(username="anna")


def test_each_role_may_do_exactly_this():
    may = {role.name: {p.codename for p in role.permissions.all()} for role in Group.objects.all()}
    work = {"view_bookingrequest", "change_bookingrequest"}
    assert may == {
        "Front desk": work,
        "Manager": work
        | {"export_bookingrequest", "erase_bookingrequest", "view_auditevent", "view_notice", "change_notice"}
        | {"view_staffaccount", "add_staffaccount", "change_staffaccount"}
        | {"view_closure", "add_closure", "change_closure", "delete_closure"},
    }


class TestAManager:
    def test_makes_an_account(self, manager_client, anna):
        assert (anna.get_full_name(), anna.email) == ("Anna Berg", "anna@example.org")
        assert (anna.is_active, anna.is_staff, anna.is_superuser) == (True, True, False)
        assert [role.name for role in anna.groups.all()] == [staff.FRONT_DESK]
        assert events_about(anna) == [("account", "manager", MADE)]

    def test_overwrites_nothing_from_a_page_that_is_old_by_now(self, manager_client, anna):
        page = ReadPage(manager_client.get(page_of(anna)).content.decode())
        old = {each.get("name"): each.get("value") or "" for each in page.all("input") if each.get("type") == "hidden"}
        assert {"initial-role", "initial-is_active", "initial-username"} <= old.keys()
        left = NEW | {"username": "anna.left", "role": staff.MANAGER, "location": "one"}  # and may not sign in
        manager_client.post(page_of(anna), left)
        manager_client.post(page_of(anna), old | SAME | {"last_name": "Berg-Ruiz"})
        anna.refresh_from_db()
        assert (anna.username, anna.last_name, anna.is_active) == ("anna.left", "Berg-Ruiz", False)
        assert [role.name for role in anna.groups.all()] == [staff.MANAGER]
        assert staff.location_of(anna) == "one"
        assert events_about(anna)[-1] == ("account", "manager", {"fields": ["last_name"]})

    @pytest.mark.parametrize("enrolled", [False, True])
    def test_sees_a_new_password_once_and_nothing_keeps_it(self, manager_client, anna, enrolled):
        if enrolled:
            PatientClient().force_login(anna)
        new, changed = NEW | {"username": "ben"}, SAME | {"new_password": "on"}
        for address, data in ((f"{LIST}add/", new), (page_of(anna), changed)):
            answer = manager_client.post(address, data)
            password = re.search(r"<code [^>]*>(.+?)</code>", answer.content.decode())[1]
            assert StaffAccount.objects.get(username=data["username"]).check_password(password)
            assert ("within 72 hours" in answer.content.decode()) is not (enrolled and data["username"] == "anna")
            kept = [each.get_decoded() for each in Session.objects.all()]
            assert password not in f"{answer.cookies} {kept} {said(manager_client)} {events_about(anna)}"
            assert "no-store" in answer.headers["Cache-Control"]

    @pytest.mark.parametrize(
        ("changed", "details", "words"),
        [
            ({"email": "berg@example.org"}, {"fields": ["email"]}, "changed: email; account: anna"),
            ({"role": staff.MANAGER}, {"changed": {"role": ["Front desk", "Manager"]}}, "from Front desk to Manager"),
            ({"location": "two"}, {"fields": ["location"]}, "changed: location; account: anna"),
            ({"is_active": ""}, {"changed": {"is_active": ["True", "False"]}}, "may sign in from yes to no"),
            (
                {"new_password": "on", "last_name": "Berg-Hall"},
                {"invited": True, "fields": ["last_name", "new_password"]},
                "last name, new password; account: anna; may set up an app or passkey",
            ),
            ({}, None, "changed: username, first name"),
        ],
    )
    def test_each_change_is_recorded_and_told_in_words(self, manager_client, anna, changed, details, words):
        manager_client.post(page_of(anna), SAME | changed)
        assert events_about(anna)[1:] == ([("account", "manager", details)] if details else [])
        page = text_of(manager_client.get(page_of(anna)))
        assert words in page

    @pytest.mark.parametrize(
        ("changed", "ends"),
        [
            ({"role": staff.MANAGER}, False),  # it takes effect at once, and a note may be half typed
            ({"is_active": ""}, True),
            ({"new_password": "on"}, True),
            ({"reset_second_factor": "on"}, True),
            ({"last_name": "Hall"}, False),
        ],
    )
    def test_a_password_or_an_end_ends_the_persons_sessions(self, manager_client, anna, changed, ends):
        theirs = PatientClient()
        theirs.force_login(anna)
        assert theirs.get("/admin/").status_code == 200
        manager_client.post(page_of(anna), SAME | changed)
        assert theirs.get("/admin/").status_code == (302 if ends else 200)
        assert Session.objects.filter(pk=theirs.session.session_key).exists() is not ends
        assert manager_client.get("/admin/").status_code == 200, "nobody else's"

    def test_resets_a_lost_second_factor(self, manager_client, anna):
        PatientClient().force_login(anna)
        assert staff.is_enrolled(anna)
        manager_client.post(page_of(anna), SAME | {"reset_second_factor": "on"})
        assert not Authenticator.objects.filter(user=anna).exists()
        assert events_about(anna)[1:] == [("second_factor", "manager", {"removed": "all", "invited": True})]
        told = "App or passkey changed: account: anna; may set up an app or passkey; removed: all"
        assert told in text_of(manager_client.get(page_of(anna)))
        AuditEvent.objects.update(at=hours_ago(settings.INVITATION_HOURS + 1))
        assert not staff.is_invited(anna), "she set up nothing in time"
        manager_client.post(page_of(anna), SAME | {"reset_second_factor": "on"})
        assert staff.is_invited(anna)
        assert staff.has_given_password(anna), "it is still to be changed"

    @pytest.mark.parametrize("name", ["ANNA", "ａｎｎａ", "an\u200bna", "\u00adanna", "anna\u3164"])
    def test_usernames_that_look_alike_are_refused(self, manager_client, anna, name):
        page = manager_client.post(f"{LIST}add/", NEW | {"username": name}).content.decode()
        assert "Someone has this name already. Choose another, or open that account to give a new" in page

    def test_names_are_stored_as_they_are_shown_and_found_as_people_type_them(self, manager_client):
        typed = {"username": "jose\u0301", "first_name": "Jose\u0301\u200b"}
        typed |= {"last_name": "\u00a0O\u2019Neil\u2010Núñez"}
        manager_client.post(f"{LIST}add/", NEW | typed)
        made = StaffAccount.objects.latest("pk")
        assert (made.username, made.first_name, made.last_name) == ("josé", "José", "O’Neil-Núñez")
        for words in ("jose", "NUNEZ, José", "oneil", "anna@example"):
            assert "O’Neil" in text_of(manager_client.search(LIST, words)), words
        assert "O’Neil" not in text_of(manager_client.search(LIST, "maria"))
        page = manager_client.post(f"{LIST}add/", NEW | {"first_name": "Jo\u202esé"}).content.decode()
        assert "We took out characters we cannot read." in page

    def test_cannot_make_a_superuser_or_give_single_permissions(self, manager_client, anna):
        more = {"is_superuser": "on", "is_staff": "", "user_permissions": "1", "groups": "1", "password": "x"}
        manager_client.post(page_of(anna), SAME | more)
        manager_client.post(f"{LIST}add/", NEW | more | {"username": "ben"})
        for account in StaffAccount.objects.filter(username__in=("anna", "ben")):
            assert account.is_staff
            assert not account.is_superuser
            assert not account.user_permissions.exists()
            assert [role.name for role in account.groups.all()] == [staff.FRONT_DESK]

    def test_does_not_see_superusers(self, manager_client):
        root = User.objects.create_superuser("root", "root@example.org", PASSWORD)
        assert "root" not in said(manager_client)
        assert manager_client.get(page_of(root)).status_code == 302
        manager_client.post(page_of(root), SAME | {"username": "root", "new_password": "on"})
        root.refresh_from_db()
        assert root.check_password(PASSWORD)

    def test_cannot_change_their_own_role_or_access(self, manager_client, manager_user):
        page = manager_client.get(page_of(manager_user)).content.decode()
        for name in ("role", "is_active", "new_password", "reset_second_factor"):
            assert f'name="{name}"' not in page
        asked = ANNA | {"username": "manager", "role": staff.FRONT_DESK, "is_active": "", "new_password": "on"}
        manager_client.post(page_of(manager_user), asked | {"reset_second_factor": "on"})
        after = User.objects.get(pk=manager_user.pk)
        assert after.first_name == "Anna"
        assert after.is_active
        assert after.check_password(PASSWORD)
        assert staff.is_enrolled(after)
        assert [role.name for role in after.groups.all()] == [staff.MANAGER]

    def test_cannot_delete_an_account(self, manager_client, anna):
        assert manager_client.post(f"{LIST}{anna.pk}/delete/", {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": [anna.pk], "index": "0", "post": "yes"}
        manager_client.post(LIST, data)
        assert StaffAccount.objects.filter(username="anna").exists()


class TestWhoLeaves:
    """Their open requests go to a colleague or to nobody."""

    def give(self, anna, by) -> list[BookingRequest]:
        """One request in each status, all assigned to this person."""
        made = []
        for status in Status:
            stored = actions.assign(request=make_request(), to=anna, by=by)
            moved = status is not Status.NEW
            made.append(actions.change_status(request=stored, to=status, by=by) if moved else stored)
        return made

    @pytest.mark.parametrize("to", ["front-desk", ""])
    def test_a_manager_chooses_who_gets_their_open_requests(self, manager_client, manager_user, staff_user, anna, to):
        made = self.give(anna, manager_user)
        page = text_of(manager_client.get(page_of(anna)))
        assert "Then their open requests go to: Nobody front-desk manager" in page
        assert "Open requests of this person now: 3" in page
        owner = staff_user if to else None
        manager_client.post(page_of(anna), SAME | {"is_active": "", "give_to": owner.pk if owner else ""})
        after = [each.assigned_to for each in BookingRequest.objects.order_by("pk")]
        assert after == [owner, owner, owner, anna, anna], "what is closed or spam stays signed"
        assert f"went from anna to {to or 'nobody'}: 3." in said(manager_client)
        for each in made[:3]:
            line = AuditEvent.objects.filter(number=each.number).first()
            assert (line.by, line.details) == (manager_user, {"changed": {"assigned_to": ["anna", to]}})

    def test_requests_stay_while_the_account_is_active_or_the_form_invalid(self, manager_client, manager_user, anna):
        self.give(anna, manager_user)
        for more, words in (
            ({"give_to": manager_user.pk}, "Uncheck “May sign in”, too."),
            ({"give_to": manager_user.pk, "new_password": "on"}, "Uncheck “May sign in”, too."),
            ({"is_active": "", "email": "x"}, "Enter a valid email address"),
            ({"is_active": "", "give_to": anna.pk}, "not one of the available choices"),
        ):
            assert words in text_of(manager_client.post(page_of(anna), SAME | more))
            assert BookingRequest.objects.filter(assigned_to=anna).count() == 5, more

    @pytest.mark.parametrize(
        "leaves",
        [
            lambda anna: User.objects.filter(pk=anna.pk).update(is_active=False),
            lambda anna: User.objects.filter(pk=anna.pk).update(is_staff=False),
            lambda anna: anna.groups.clear(),
            lambda anna: anna.groups.first().permissions.clear(),
        ],
        ids=["inactive", "no staff", "no role", "role without rights"],
    )
    def test_requests_of_closed_accounts_count_as_nobodys(self, manager_client, manager_user, anna, leaves):
        made = self.give(anna, manager_user)
        requests = "/admin/triage/bookingrequest/?assigned=none"
        assert numbers_in(manager_client.get(requests)) == []
        leaves(anna)
        assert numbers_in(manager_client.get(requests)) == [each.number for each in made[:2]]
        other = make_request()
        with pytest.raises(actions.ChangeError, match="does not work here any more"):
            actions.assign(request=other, to=User.objects.get(pk=anna.pk), by=manager_user)
        with pytest.raises(ProtectedError):
            anna.delete()


class TestTheFirstManager:
    def make(self, name: str) -> str:
        out = StringIO()
        call_command("make_manager", name, stdout=out)
        return out.getvalue().split()[-1]

    def test_is_made_on_the_server(self, roles):
        password = self.make("nora")
        nora = User.objects.get(username="nora")
        assert nora.check_password(password)
        others = "".join(staff.new_password() for _ in range(200))
        assert not set("Il1O0o|") & set(password + others), "no signs that look alike"
        assert nora.has_perms(["triage.add_staffaccount", "triage.export_bookingrequest"])
        assert not nora.is_superuser
        fields = ["username", "role", "password"]
        assert events_about(nora) == [("account", "None", {"fields": fields, "invited": True})]

    def test_is_let_in_again_after_a_loss(self, roles):
        first = self.make("nora")
        nora = User.objects.get(username="nora")
        theirs = PatientClient()
        theirs.force_login(nora)
        User.objects.update(is_active=False)
        second = self.make("Nora")  # as the sign-in reads it
        nora.refresh_from_db()
        assert (nora.is_active, nora.check_password(first), nora.check_password(second)) == (True, False, True)
        assert not staff.is_enrolled(nora)
        assert theirs.get("/admin/").status_code == 302
        assert ("second_factor", "None", {"removed": "all", "invited": True}) in events_about(nora)

    @pytest.mark.parametrize("name", ["", "a b", "x" * 151, "<b>"])
    def test_needs_a_name_one_can_sign_in_with(self, roles, name):
        with pytest.raises(CommandError):
            self.make(name)
