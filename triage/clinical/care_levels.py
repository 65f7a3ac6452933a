"""How soon a person needs care, and where. The one place that ties a level to its words and looks."""

from dataclasses import dataclass
from enum import IntEnum

from triage.clinical.translation import gettext_noop as _


class CareLevel(IntEnum):
    """Ordered: a higher level always wins. The names are stored with requests; never rename one."""

    SELF_CARE = 0
    DOCTOR = 1
    URGENT = 2
    EMERGENCY = 3

    @property
    def shown(self) -> "LevelWords":
        return LEVELS[self]


@dataclass(frozen=True)
class LevelWords:
    """A level as people meet it. `css` and `icon` name the component's class and its picture."""

    css: str
    icon: str
    spoken: str
    label: str
    card_heading: str
    order: str
    sentence: str


LEVELS = {
    CareLevel.EMERGENCY: LevelWords(
        css="emergency",
        icon="octagon",
        spoken=_("Emergency:"),
        label=_("Call 911"),
        card_heading=_("Call 911 or go to the emergency room now if you have any of these:"),
        order=_("Call 911 or go to the emergency room now"),
        sentence=_("Your signs can mean a serious problem. You need care right away."),
    ),
    CareLevel.URGENT: LevelWords(
        css="urgent",
        icon="clock",
        spoken=_("Today:"),
        label=_("Get seen today"),
        card_heading=_("Get seen today (within 24 hours) if you have any of these:"),
        order=_("Get seen by a doctor today"),
        sentence=_("Your answers need a doctor within 24 hours."),
    ),
    CareLevel.DOCTOR: LevelWords(
        css="doctor",
        icon="calendar",
        spoken=_("See a doctor:"),
        label=_("See a doctor"),
        card_heading=_("See a doctor if you have any of these:"),
        order=_("You should see a doctor soon"),
        sentence=_("Plan a visit within 7 days. You can care for your back at home until then."),
    ),
    CareLevel.SELF_CARE: LevelWords(
        css="home",
        icon="house",
        spoken=_("Care at home:"),
        label=_("Care at home"),
        card_heading=_("Care for it at home if all of these are true:"),
        order=_("You can care for this at home for now"),
        sentence=_("Most back spasms get better with rest, heat or ice, and gentle walks."),
    ),
}
