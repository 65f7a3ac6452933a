"""Which pain medicines a person may try, should ask about first, or should not take, and why.

From US Drug Facts labels and guidance (sources.py). Nothing here is a dose: the package is.
Each rule only ever takes options away, so one more answer never makes a medicine look safer.
"""

from dataclasses import dataclass

from triage.clinical import sources as s
from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Combination, Row, all_of, is_any_met
from triage.clinical.red_flags import BLEEDS_EASILY
from triage.clinical.sources import Source
from triage.clinical.words import mark


@dataclass(frozen=True)
class Medicine:
    """One pain medicine sold without a prescription. Limits are those of the label.

    from_age: years. most_days: days in a row for pain, without a doctor.
    """

    code: str
    name: str
    brands: str
    does: str
    most_in_24_hours: str
    most_days: int
    from_age: int = 12


IBUPROFEN = Medicine(
    "ibuprofen",
    mark("ibuprofen"),
    "Advil, Motrin",
    mark("eases pain and swelling"),
    mark("6 tablets of 200 mg (1,200 mg)"),
    10,
)
NAPROXEN = Medicine(
    "naproxen",
    mark("naproxen"),
    "Aleve",
    mark("eases pain and swelling"),
    mark("3 tablets of 220 mg (660 mg)"),
    10,
)
ASPIRIN = Medicine(
    "aspirin",
    mark("aspirin"),
    "Bayer",
    mark("eases pain and swelling"),
    mark("12 tablets of 325 mg (3,900 mg)"),
    10,
)
ACETAMINOPHEN = Medicine(
    "acetaminophen",
    mark("acetaminophen"),
    "Tylenol",
    mark("eases pain, not swelling; studies of back pain show little help"),
    mark("the limit on your package; never over 4,000 mg from all products together"),
    10,
)
LIDOCAINE = Medicine(
    "lidocaine",
    mark("lidocaine cream or patch (4%)"),
    "Aspercreme, Salonpas",
    mark("numbs the skin; some people find it soothing"),
    mark("what your package says; 1 patch at a time"),
    7,
)
NSAIDS = (IBUPROFEN, NAPROXEN, ASPIRIN)
MEDICINES = (*NSAIDS, ACETAMINOPHEN, LIDOCAINE)


def _row(code: str, text: str, hint: str = "") -> Row:
    return Row(code, text, hint, question="medicine")


@dataclass(frozen=True)
class MedicineRule:
    """Takes options away from people to whom it applies. `words` is the reason they read, after "because"."""

    code: str
    words: str
    sources: tuple[Source, ...]
    when: tuple[Combination, ...]
    avoid: tuple[Medicine, ...] = ()
    ask_first: tuple[Medicine, ...] = ()
    asks: tuple[Row, ...] = ()

    def applies_to(self, facts: frozenset[str]) -> bool:
        return is_any_met(self.when, facts)


SKIPPED = "medicine.skipped"

MEDICINE_RULES = (
    MedicineRule(
        "M1",
        mark("you take a blood thinner, bleed easily, or are not sure"),
        (s.FDA_LABELS,),
        (all_of(BLEEDS_EASILY),),
        avoid=NSAIDS,
        ask_first=(ACETAMINOPHEN, LIDOCAINE),
    ),
    MedicineRule(
        "M2",
        mark("you have had an ulcer, a stomach bleed, kidney disease, heart disease or a stroke"),
        (s.FDA_LABELS,),
        (all_of(("medicine.ulcer_kidney_heart", "health.weak_immune", "notice.no_fluids")),),
        avoid=NSAIDS,
        asks=(
            _row(
                "ulcer_kidney_heart",
                mark("An ulcer or stomach bleed, kidney disease, a stroke, or heart disease"),
                mark("Heart disease: a heart attack, a stent, heart surgery or heart failure."),
            ),
        ),
    ),
    MedicineRule(
        "M3",
        mark("you had a bad reaction to a pain medicine"),
        (s.FDA_LABELS,),
        (all_of("medicine.reaction"),),
        avoid=MEDICINES,
        asks=(
            _row(
                "reaction",
                mark("A bad reaction to a pain medicine"),
                mark("Such as an allergy or asthma attack from aspirin, ibuprofen, naproxen, Tylenol or lidocaine."),
            ),
        ),
    ),
    MedicineRule(
        "M4",
        mark("you are 20 weeks pregnant or more, or not sure how far"),
        (s.FDA_PREGNANCY, s.ACOG),
        (all_of("pregnancy.weeks_20_up"),),
        avoid=NSAIDS,
        ask_first=(ACETAMINOPHEN, LIDOCAINE),
    ),
    MedicineRule(
        "M5",
        mark("you are or may be pregnant, just gave birth, or breastfeed"),
        (s.FDA_LABELS, s.ACOG),
        (
            all_of(
                ("pregnancy.maybe", "pregnancy.weeks_under_20", "pregnancy.birth_6_weeks", "pregnancy.breastfeeding")
            ),
        ),
        ask_first=MEDICINES,
    ),
    MedicineRule(
        "M6",
        mark("you are under 19, and aspirin can cause a rare, serious illness (Reye’s syndrome)"),
        (s.FDA_LABELS,),
        (all_of("age.under_19"),),
        avoid=(ASPIRIN,),
        ask_first=(IBUPROFEN, NAPROXEN, ACETAMINOPHEN, LIDOCAINE),
    ),
    MedicineRule(
        "M7",
        mark("you are under 12"),
        (s.FDA_LABELS,),
        (all_of("age.under_12"),),
        avoid=MEDICINES,
    ),
    MedicineRule(
        "M8",
        mark("you have liver disease or have 3 or more drinks a day"),
        (s.FDA_LABELS,),
        (all_of("medicine.liver_or_drinks"),),
        avoid=(*NSAIDS, ACETAMINOPHEN),
        asks=(_row("liver_or_drinks", mark("Liver disease, or 3 or more alcoholic drinks a day")),),
    ),
    MedicineRule(
        "M9",
        mark("you already take pain pills, or have for 10 days"),
        (s.FDA_LABELS,),
        (all_of("medicine.pain_pills_now"),),
        avoid=(*NSAIDS, ACETAMINOPHEN),
        asks=(
            _row(
                "pain_pills_now",
                mark("I take pain pills now, or took them for 10 days"),
                mark(
                    "Ibuprofen, naproxen, aspirin, Tylenol, diclofenac, ketorolac, metamizole (dipyrone),"
                    " or a cold medicine with one of them."
                ),
            ),
        ),
    ),
    MedicineRule(
        "M10",
        mark("you are 60 or older"),
        (s.FDA_LABELS,),
        (all_of("age.60_up"),),
        ask_first=NSAIDS,
    ),
    MedicineRule(
        "M11",
        mark("you have high blood pressure, heartburn, asthma, or an illness or medicine like these"),
        (s.FDA_LABELS,),
        (all_of(("medicine.under_care", "health.steroids")),),
        ask_first=NSAIDS,
        asks=(
            _row(
                "under_care",
                mark("High blood pressure, heartburn, asthma, a water pill, or care for a serious illness"),
            ),
        ),
    ),
    MedicineRule(
        "M12",
        mark("you take another medicine from a doctor"),
        (s.FDA_LABELS,),
        (all_of("medicine.other_prescription"),),
        ask_first=MEDICINES,
        asks=(
            _row(
                "other_prescription",
                mark("Any other medicine from a doctor"),
                mark("Such as for gout, diabetes or arthritis, or a low-dose aspirin for the heart."),
            ),
        ),
    ),
    MedicineRule(
        "M13",
        mark("you skipped the questions about pain pills, so we do not know what is safe for you"),
        (s.FDA_LABELS,),
        (all_of(SKIPPED),),
        ask_first=MEDICINES,
    ),
)

CONDITION_ROWS = tuple(row for rule in MEDICINE_RULES for row in rule.asks)


@dataclass(frozen=True)
class MedicineLine:
    """A medicine and why it stands where it stands (the words of each rule that put it there)."""

    medicine: Medicine
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class MedicineAdvice:
    """What may be tried, asked about first, and not taken. Every medicine is in exactly one list."""

    may_try: tuple[MedicineLine, ...]
    ask_first: tuple[MedicineLine, ...]
    avoid: tuple[MedicineLine, ...]


def advise_on_medicines(facts: frozenset[str], level: CareLevel) -> MedicineAdvice | None:
    """The medicine advice for the facts of `SymptomAnswers`, or None at the levels where no medicine is suggested."""
    if level >= CareLevel.URGENT:
        return None
    if not any(fact.startswith("medicine.") for fact in facts):
        facts = facts | {SKIPPED}
    rules = [rule for rule in MEDICINE_RULES if rule.applies_to(facts)]
    may_try, ask_first, avoid = [], [], []
    for medicine in MEDICINES:
        against = tuple(rule.words for rule in rules if medicine in rule.avoid)
        careful = tuple(rule.words for rule in rules if medicine in rule.ask_first)
        if against:
            avoid.append(MedicineLine(medicine, against))
        elif careful:
            ask_first.append(MedicineLine(medicine, careful))
        else:
            may_try.append(MedicineLine(medicine))
    return MedicineAdvice(tuple(may_try), tuple(ask_first), tuple(avoid))
