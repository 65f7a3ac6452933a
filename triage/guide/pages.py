"""The pages of the guide, in the order of the site map. CONTRIBUTING.md says how to add one."""

from dataclasses import dataclass
from itertools import pairwise

from triage.clinical import sources as s
from triage.clinical.decision_table import RULE_SOURCES
from triage.clinical.sources import Source
from triage.clinical.translation import gettext_noop as _


@dataclass(frozen=True)
class Page:
    """One page. `name` is its URL name, its template and, except for home, its path.

    title: the h1 and the browser's title. nav_title: how links name it.
    is_health: the page gives health advice, so it shows its sign-off.
    """

    name: str
    title: str
    nav_title: str
    description: str
    sources: tuple[Source, ...] = ()
    is_health: bool = True

    @property
    def path(self) -> str:
        return "" if self.name == "home" else f"{self.name}/"


# Each of these ends with links to the previous and the next one.
READING_SEQUENCE = (
    Page(
        "home",
        _("Back spasms: what to do and when to get help"),
        _("Back spasms"),
        _("What a back spasm feels like, how to ease it at home, and the signs that mean you need help now."),
        (s.ARTICLE, s.ACP, s.BED_REST),
    ),
    Page(
        "why-it-happens",
        _("Why back spasms happen"),
        _("Why it happens"),
        _("What can set off a back spasm: strain, injury, the spine, too little water, or another illness."),
        (s.ARTICLE, s.FELDMAN_NAHIN),
    ),
    Page(
        "ease-the-pain",
        _("Ease the pain at home"),
        _("Ease the pain"),
        _("How to lie and sit, how long to use heat or ice, and how to move when your back is in spasm."),
        (s.ARTICLE, s.ACP, s.AFP, s.BED_REST, s.FDA_BURNS, s.HEAT_OR_COLD, s.MAYO_EXERCISES, s.NICE_NG59),
    ),
    Page(
        "medicines",
        _("Medicines for back spasms"),
        _("Medicines"),
        _("What each pain medicine does for a back spasm, and what to check before you take one."),
        (
            *(s.ARTICLE, s.ACOG, s.ACP, s.BACLOFEN_LABEL, s.BARIATRIC, s.CASHIN, s.EMA_METAMIZOLE, s.FDA_ACETAMINOPHEN),
            *(s.FDA_HIDDEN, s.FDA_LABELS, s.FDA_PREGNANCY, s.MUSCLE_RELAXERS, s.NICE_NG59, s.PACE),
        ),
    ),
    Page(
        "exercise",
        _("Exercise and physical therapy"),
        _("Exercise"),
        _("How a strong core, gentle stretches, short walks and a physical therapist can help your back."),
        (s.ARTICLE, s.ACP, s.CASHIN, s.MAYO_EXERCISES, s.NICE_NG59),
    ),
    Page(
        "questions",
        _("Questions people ask"),
        _("Questions"),
        _("Work, driving, sleep, mattress, sport and heavy lifting: short answers for people with a back spasm."),
        (s.ARTICLE, s.ACP, s.ACUTE_PAIN, s.BACK_TO_SPORT, s.BED_REST, s.FDA_DRIVING, s.MATTRESS, s.NICE_NG59),
    ),
    Page(
        "when-to-get-help",
        _("When to get help"),
        _("When to get help"),
        _("The signs that mean call 911, when to see a doctor, and when you can care for a spasm at home."),
        RULE_SOURCES,
    ),
)

ALL_SOURCES = tuple(dict.fromkeys(source for page in READING_SEQUENCE for source in page.sources))
NEXT_PAGE = dict(pairwise(READING_SEQUENCE))
PREVIOUS_PAGE = {page: before for before, page in pairwise(READING_SEQUENCE)}

PAGES = (
    *READING_SEQUENCE,
    Page(
        "how-we-decide",
        _("How we decide"),
        _("How we decide"),
        _("Every rule of the symptom check: what leads to which advice, what it rests on, and what has changed."),
        RULE_SOURCES,
    ),
    Page(
        "about",
        _("About this guide"),
        _("About this guide"),
        _("Who wrote this guide, what it rests on, what it does not do, who owns it, and what has changed."),
        ALL_SOURCES,
        is_health=False,
    ),
    Page(
        "locations",
        _("Our locations"),
        _("Locations"),
        _("Where to find the clinic, when we are open, how to call us, and how to get in without steps."),
        is_health=False,
    ),
    Page(
        "privacy",
        _("Privacy"),
        _("Privacy"),
        _("What this site keeps about you and what it does not keep. Reading and checking store nothing."),
        is_health=False,
    ),
    Page(
        "accessibility",
        _("Accessibility"),
        _("Accessibility"),
        _("How we want this site to work for every body, what we have tested, and how to tell us of a problem."),
        is_health=False,
    ),
)
