"""Which pain medicines a person may try, should ask about first, or should not take, and why.

From US Drug Facts labels and guidance (sources.py). Nothing here is a dose: the package is.
Each rule only ever takes options away, so one more answer never makes a medicine look safer.
"""

from dataclasses import dataclass

from triage.clinical import sources as s
from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Combination, Row, all_of, is_any_met
from triage.clinical.red_flags import AFTER_BIRTH, BLEEDS_EASILY, DRY, STEROIDS
from triage.clinical.sources import Source
from triage.clinical.translation import gettext_noop as _


@dataclass(frozen=True)
class Medicine:
    """One pain medicine sold without a prescription. Limits are those of the label.

    from_age: years. most_days: days in a row for pain, without a doctor.
    never: who must not use it besides the people of the rules, said after "if you".
    """

    code: str
    name: str
    brands: str
    does: str
    most_in_24_hours: str
    most_days: int
    from_age: int = 12
    never: tuple[str, ...] = ()


IBUPROFEN = Medicine(
    "ibuprofen",
    _("ibuprofen"),
    "Advil, Motrin",
    _("eases pain and swelling"),
    _("6 tablets of 200 mg (1,200 mg)"),
    10,
)
NAPROXEN = Medicine(
    "naproxen",
    _("naproxen"),
    "Aleve",
    _("eases pain and swelling"),
    _("3 tablets of 220 mg (660 mg)"),
    10,
)
ASPIRIN = Medicine(
    "aspirin",
    _("aspirin"),
    "Bayer",
    _("eases pain and swelling; only if you have no other"),
    _("12 tablets of 325 mg (3,900 mg)"),
    10,
)
ACETAMINOPHEN = Medicine(
    "acetaminophen",
    _("acetaminophen"),
    "Tylenol",
    _("eases pain, not swelling; studies of back pain show little help"),
    _("the limit on your package; never over 4,000 mg from all products together"),
    10,
)
LIDOCAINE = Medicine(
    "lidocaine",
    _("lidocaine cream or patch (4 percent)"),
    "Aspercreme Lidocaine, Salonpas Lidocaine",
    _("numbs the skin; some people find it soothing; the box must name lidocaine"),
    _("what your package says; only one patch on at a time"),
    7,
    never=(_("have broken skin, or a heating pad, on that spot"),),
)
NSAIDS = (IBUPROFEN, NAPROXEN, ASPIRIN)
# In the order in which they are offered: aspirin is right by its label, and no equal first choice.
MEDICINES = (IBUPROFEN, NAPROXEN, ACETAMINOPHEN, LIDOCAINE, ASPIRIN)
# Names, and a number, that stand in questions, answers and advice, and stay as they are in every language.
BRANDS = (
    *(brand for medicine in MEDICINES for brand in medicine.brands.split(", ")),
    *("NyQuil", "DayQuil", "Theraflu", "Excedrin", "Alka-Seltzer", "Dolo-Neurobión", "Voltaren"),
    "1-800-222-1222",
    *("Coumadin", "Eliquis", "Xarelto", "Plavix", "Pepto-Bismol", "Humira"),
    *("Artri King", "Ortiga", "Neo-Melubrina", "Panadol", "Flanax", "Febrax", "Cataflam"),
)


def _row(code: str, text: str, hint: str = "") -> Row:
    return Row(code, text, hint, question="medicine")


@dataclass(frozen=True)
class MedicineRule:
    """Takes options away from people to whom it applies. `words` is the reason they read, after "because".

    card: the same for readers who told us nothing, in full, said after "if you".
    """

    code: str
    words: str
    sources: tuple[Source, ...]
    when: tuple[Combination, ...]
    avoid: tuple[Medicine, ...] = ()
    ask_first: tuple[Medicine, ...] = ()
    asks: tuple[Row, ...] = ()
    card: tuple[str, ...] = ()

    @property
    def leaves(self) -> tuple[Medicine, ...]:
        """What such a person may try, if no other rule applies than the wider one, which always does."""
        both = [self, *(rule for rule in MEDICINE_RULES if rule.code == NARROWER.get(self.code))]
        taken = {medicine for rule in both for medicine in (*rule.avoid, *rule.ask_first)}
        return tuple(medicine for medicine in MEDICINES if medicine not in taken)

    def applies_to(self, facts: frozenset[str]) -> bool:
        return is_any_met(self.when, facts)


SKIPPED = "medicine.skipped"
# Where both apply, the reason of the first is said, and that of the second, which is wider, is not.
NARROWER = {"M7": "M6"}

MEDICINE_RULES = (
    MedicineRule(
        "M1",
        _("you take a blood thinner, bleed easily, or are not sure"),
        (s.FDA_LABELS,),
        (all_of(BLEEDS_EASILY),),
        avoid=NSAIDS,
        ask_first=(ACETAMINOPHEN, LIDOCAINE),
        card=(_("take a blood thinner, or bleed easily"),),
    ),
    MedicineRule(
        "M2",
        _("you have had an ulcer, a stomach bleed, weight-loss surgery, kidney disease, heart disease or a stroke"),
        (s.FDA_LABELS, s.BARIATRIC),
        (all_of("medicine.ulcer_kidney_heart"),),
        avoid=NSAIDS,
        asks=(
            _row(
                "ulcer_kidney_heart",
                _("An ulcer or stomach bleed, weight-loss surgery, kidney disease, a stroke, or heart disease"),
                _("Heart disease: a heart attack, a stent, heart surgery or heart failure."),
            ),
        ),
        card=(
            _("have had an ulcer or bleeding in your stomach, or weight-loss surgery"),
            _("have kidney disease, or your body is very low on water"),
            _("have had a heart attack, a heart stent, heart surgery, heart failure, or a stroke"),
        ),
    ),
    MedicineRule(
        "M3",
        _("you had a bad reaction to aspirin, ibuprofen, naproxen or one like them"),
        (s.FDA_LABELS,),
        (all_of("medicine.reaction_nsaid"),),
        avoid=NSAIDS,
        asks=(
            _row(
                "reaction_nsaid",
                _("A bad reaction to aspirin, ibuprofen (Advil, Motrin), naproxen (Aleve) or one like them"),
                _("Such as hives, swelling or an asthma attack."),
            ),
        ),
        card=(_("had hives, swelling or an asthma attack from aspirin, ibuprofen, naproxen or one like them"),),
    ),
    MedicineRule(
        "M4",
        _("you are 20 weeks pregnant or more, or not sure how far"),
        (s.FDA_PREGNANCY, s.ACOG),
        (all_of("pregnancy.weeks_20_up"),),
        avoid=NSAIDS,
        ask_first=(ACETAMINOPHEN, LIDOCAINE),
        card=(_("are 20 weeks pregnant or more, or do not know how far"),),
    ),
    MedicineRule(
        "M5",
        _("you are or may be pregnant"),
        (s.FDA_LABELS, s.ACOG, s.FDA_ACETAMINOPHEN),
        (all_of("pregnancy.maybe_or_under_20"),),
        ask_first=MEDICINES,
        card=(_("are or may be pregnant"),),
    ),
    # Not said in one breath with pregnancy: nobody reads of themselves what they did not say.
    MedicineRule(
        "M24",
        _("you were pregnant in the last 6 weeks"),
        (s.FDA_LABELS, s.LACTMED),
        (all_of(AFTER_BIRTH),),
        ask_first=MEDICINES,
        card=(_("were pregnant in the last 6 weeks"),),
    ),
    MedicineRule(
        "M6",
        _("you are under 19"),
        (s.FDA_LABELS,),
        (all_of("age.under_19"),),
        avoid=(ASPIRIN,),
        ask_first=(IBUPROFEN, NAPROXEN, ACETAMINOPHEN, LIDOCAINE),
        card=(_("are under 19"),),
    ),
    MedicineRule(
        "M7",
        _("the person is under 12: ask the child’s doctor"),
        (s.FDA_LABELS,),
        (all_of("age.under_12"),),
        ask_first=(IBUPROFEN, NAPROXEN, ACETAMINOPHEN, LIDOCAINE),
        card=(_("are under 12: ask the child’s doctor"),),
    ),
    MedicineRule(
        "M8",
        _("you have liver disease or have 3 or more drinks a day"),
        (s.FDA_LABELS,),
        (all_of("medicine.liver_or_drinks"),),
        avoid=(*NSAIDS, ACETAMINOPHEN),
        asks=(_row("liver_or_drinks", _("Liver disease, or 3 or more alcoholic drinks a day")),),
        card=(_("have liver disease, or 3 or more drinks with alcohol a day"),),
    ),
    MedicineRule(
        "M9",
        _("you have taken pain pills for 10 days: see a doctor before you take more"),
        (s.FDA_LABELS,),
        (all_of("medicine.pills_10_days"),),
        avoid=(*NSAIDS, ACETAMINOPHEN),
        asks=(_row("pills_10_days", _("I took pain pills of any kind on 10 days or more")),),
        card=(_("have taken pain pills for 10 days"),),
    ),
    MedicineRule(
        "M10",
        _("you are 60 or older"),
        (s.FDA_LABELS,),
        (all_of("age.60_up"),),
        ask_first=NSAIDS,
        card=(_("are 60 or older"),),
    ),
    MedicineRule(
        "M11",
        _("you have high blood pressure, heartburn, asthma, a water pill, or care for a serious illness"),
        (s.FDA_LABELS,),
        (all_of("medicine.under_care"),),
        ask_first=NSAIDS,
        asks=(
            _row(
                "under_care",
                _("High blood pressure, heartburn, asthma, a water pill, or care for a serious illness"),
            ),
        ),
        card=(
            _("have high blood pressure, asthma, or heartburn that comes back"),
            _("take a water pill"),
            _("are under care for a serious illness"),
        ),
    ),
    MedicineRule(
        "M12",
        _("you take another medicine from a doctor"),
        (s.FDA_LABELS,),
        (all_of("medicine.other_prescription"),),
        ask_first=MEDICINES,
        asks=(
            _row(
                "other_prescription",
                _("Any other medicine from a doctor"),
                _("Such as for mood, gout, diabetes or arthritis, or a low-dose aspirin for the heart."),
            ),
        ),
        card=(_("take any other medicine from a doctor, such as for mood, gout or arthritis"),),
    ),
    MedicineRule(
        "M13",
        _("you did not answer the questions about pain pills, so we do not know what is safe for you"),
        (s.FDA_LABELS,),
        (all_of(SKIPPED),),
        ask_first=MEDICINES,
    ),
    # Of step 2: kidneys may be on dialysis, or short of water.
    MedicineRule(
        "M14",
        _("your kidneys may be weak, or your body is very low on water"),
        (s.FDA_LABELS,),
        (all_of(("health.weak_immune", DRY)),),
        avoid=NSAIDS,
        card=(_("are on dialysis, or have a weak immune system"),),
    ),
    MedicineRule(
        "M15",
        _("you had a bad reaction to acetaminophen"),
        (s.FDA_LABELS,),
        (all_of("medicine.reaction_acetaminophen"),),
        avoid=(ACETAMINOPHEN,),
        asks=(_row("reaction_acetaminophen", _("A bad reaction to acetaminophen (Tylenol)")),),
        card=(_("had a bad reaction to acetaminophen"),),
    ),
    MedicineRule(
        "M16",
        _("you had a bad reaction to lidocaine"),
        (s.FDA_LABELS,),
        (all_of("medicine.reaction_lidocaine"),),
        avoid=(LIDOCAINE,),
        asks=(_row("reaction_lidocaine", _("A bad reaction to lidocaine or another numbing medicine")),),
        card=(_("had a bad reaction to lidocaine or another numbing medicine"),),
    ),
    MedicineRule(
        "M17",
        _("you took one of this family today: stay with that one, within its limit, and add no second one"),
        (s.FDA_LABELS,),
        (all_of("medicine.nsaid_today"),),
        ask_first=NSAIDS,
        asks=(
            _row(
                "nsaid_today",
                _("Today I took ibuprofen (Advil, Motrin), naproxen (Aleve), aspirin, diclofenac or ketorolac"),
                _(
                    "Also in Flanax, Febrax, Cataflam, Dolo-Neurobión, Voltaren gel, Excedrin, Alka-Seltzer,"
                    " a cold or flu medicine."
                ),
            ),
        ),
        card=(_("took one of them today: stay with that one, within its limit, and add no second one"),),
    ),
    MedicineRule(
        "M18",
        _("you took acetaminophen today: count it, and stay under the limit of all products together"),
        (s.FDA_LABELS,),
        (all_of("medicine.acetaminophen_today"),),
        ask_first=(ACETAMINOPHEN,),
        asks=(
            _row(
                "acetaminophen_today",
                _("Today I took acetaminophen (Tylenol), or a cold, flu or sleep medicine with it"),
                _("Such as Panadol, Febrax, NyQuil, DayQuil, Excedrin or Theraflu."),
            ),
        ),
        card=(_("took it today, also in a cold, flu or sleep medicine: count it"),),
    ),
    MedicineRule(
        "M19",
        _("you breastfeed, and the medicine can reach the baby"),
        (s.LACTMED,),
        (all_of("medicine.breastfeeding"),),
        avoid=(ASPIRIN,),
        ask_first=(IBUPROFEN, NAPROXEN, ACETAMINOPHEN, LIDOCAINE),
        asks=(_row("breastfeeding", _("I breastfeed")),),
        card=(_("breastfeed"),),
    ),
    MedicineRule(
        "M20",
        _("the product may hide a strong drug: do not stop it all at once, and see a doctor"),
        (s.FDA_HIDDEN,),
        (all_of("medicine.hidden_drugs"),),
        avoid=NSAIDS,
        ask_first=(ACETAMINOPHEN, LIDOCAINE),
        asks=(
            _row(
                "hidden_drugs",
                _("Artri King, Ortiga or a joint product like them"),
                _("They can hide diclofenac and a steroid. Do not stop all at once: see a doctor."),
            ),
        ),
        card=(_("take Artri King, Ortiga or a joint product like them: do not stop all at once, see a doctor"),),
    ),
    MedicineRule(
        "M22",
        _("you have diabetes"),
        (s.FDA_LABELS,),
        (all_of("health.diabetes"),),
        ask_first=NSAIDS,
        card=(_("have diabetes"),),
    ),
    MedicineRule(
        "M23",
        _("you take steroid pills, or stopped them not long ago"),
        (s.FDA_LABELS,),
        (all_of(STEROIDS),),
        ask_first=NSAIDS,
        card=(_("take a steroid, or stopped it not long ago"),),
    ),
    # What follows from it is a rule of its own (E26): no medicine is offered to such a person.
    MedicineRule(
        "M21",
        _("you took metamizole (dipyrone), and have a sore throat or sores in your mouth: call 911"),
        (s.EMA_METAMIZOLE,),
        (all_of("medicine.metamizole_sore"),),
        avoid=MEDICINES,
        asks=(
            _row(
                "metamizole_sore",
                _("I took metamizole (dipyrone, Neo-Melubrina), and now have a sore throat or sores in my mouth"),
            ),
        ),
        card=(_("took metamizole (dipyrone) and have a fever, a sore throat or sores in your mouth: call 911"),),
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
    wider = {NARROWER.get(rule.code) for rule in rules}
    may_try, ask_first, avoid = [], [], []
    for medicine in MEDICINES:
        against = tuple(rule.words for rule in rules if medicine in rule.avoid)
        careful = tuple(rule.words for rule in rules if medicine in rule.ask_first and rule.code not in wider)
        if against:
            avoid.append(MedicineLine(medicine, against))
        elif careful:
            ask_first.append(MedicineLine(medicine, careful))
        else:
            may_try.append(MedicineLine(medicine))
    return MedicineAdvice(tuple(may_try), tuple(ask_first), tuple(avoid))
