"""The signs that need immediate care, each with the row of step 1 that asks for it.

To add one, add a record here. The check, the emergency card, the result, the staff side, the public
decision table and the tests follow from it. Facts and sources: see sources.py.
"""

from triage.clinical import sources as s
from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Combination, Row, Rule, Support, all_of, each_alone
from triage.clinical.sources import Source
from triage.clinical.translation import gettext_noop as _

CONTROL_AND_FEELING = _("Control and feeling")
ARMS_LEGS_AND_BALANCE = _("Arms, legs and balance")
HEAD_CHEST_AND_BELLY = _("Head, chest and belly")
ACCIDENT_FEVER_AND_PREGNANCY = _("Accident, fever and pregnancy")

# The order in which step 1 shows its groups.
GROUPS = (CONTROL_AND_FEELING, ARMS_LEGS_AND_BALANCE, HEAD_CHEST_AND_BELLY, ACCIDENT_FEVER_AND_PREGNANCY)

NERVES_CORD_OR_BRAIN = _("a serious problem of the nerves, the spinal cord or the brain")

# "All at once, very bad, and nothing set it off": not how a muscle starts to hurt.
OUT_OF_NOWHERE = "start.out_of_nowhere"
# A fever, for every rule that needs one.
FEVER = "notice.fever"
# What makes a fever with back pain an emergency, besides the rows of step 1.
NERVE_SIGNS = ("notice.tingling", "spread.leg", "spread.arm")
WEAKENED = (
    "health.weak_immune",
    "health.needle_drugs",
    "health.recent_infection",
    "health.steroids",
    "health.sickle_cell",
)
BLEEDS_EASILY = ("health.blood_thinner", "health.not_sure")
PREGNANT_OR_JUST_AFTER = (
    "pregnancy.maybe",
    "pregnancy.weeks_under_20",
    "pregnancy.weeks_20_up",
    "pregnancy.birth_6_weeks",
)


def _red_flag(
    code: str,
    words: str,
    may_signal: str,
    sources: tuple[Source, ...],
    support: Support,
    *asks: Row,
    also_when: tuple[Combination, ...] = (),
) -> Rule:
    """A sign. Each of its rows alone meets it, always: a sign has no `when` that could replace them."""
    # `when` only repeats the rows. Without it the signs would mean the same, but the rules' version would change.
    return Rule(
        code,
        CareLevel.EMERGENCY,
        words,
        sources,
        support,
        may_signal,
        asks=asks,
        when=each_alone(asks),
        also_when=also_when,
    )


RED_FLAGS = (
    _red_flag(
        "A1",
        _("you cannot control when you pee or poop"),
        NERVES_CORD_OR_BRAIN,
        (s.ARTICLE,),
        Support.ARTICLE,
        Row(
            "bladder_or_bowel",
            _("I cannot hold my pee or poop"),
            _("Does not count: an old leak that has not changed."),
            group=CONTROL_AND_FEELING,
        ),
    ),
    _red_flag(
        "A2",
        _("an arm or leg is weak or has lost feeling"),
        NERVES_CORD_OR_BRAIN,
        (s.ARTICLE,),
        Support.ARTICLE,
        Row(
            "weak_limb",
            _("An arm or leg is weak: it gives way, drags or drops things"),
            _("Does not count: it hurts to move but works."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
        Row(
            "limb_lost_feeling",
            _("Part of an arm or leg has lost feeling"),
            _("Does not count: only tingling, or it fell asleep and woke up."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
    ),
    _red_flag(
        "A3",
        _("one side of your body is numb"),
        NERVES_CORD_OR_BRAIN,
        (s.ARTICLE,),
        Support.ARTICLE,
        Row("one_side_numb", _("One side of my body is numb"), group=ARMS_LEGS_AND_BALANCE),
    ),
    _red_flag(
        "A4",
        _("you lose your balance, or your hands or feet miss their aim"),
        NERVES_CORD_OR_BRAIN,
        (s.ARTICLE,),
        Support.ARTICLE,
        Row(
            "balance",
            _("I lose my balance, or my hands or feet miss their aim"),
            _("Does not count: slow or bent over from pain."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
    ),
    _red_flag(
        "E1",
        _("it feels numb or odd between your legs or around your bottom"),
        _("squeezed nerves at the base of the spine"),
        (s.GIRFT, s.NHS_BACK_PAIN, s.FINUCANE),
        Support.STRONG,
        Row(
            "saddle",
            _("It feels numb or odd between my legs, around my private parts or bottom, or when I wipe"),
            group=CONTROL_AND_FEELING,
        ),
    ),
    _red_flag(
        "E2",
        _("you cannot pee, it is newly hard to start, or you cannot feel when you need to go"),
        _("squeezed nerves at the base of the spine"),
        (s.GIRFT, s.NHS_BACK_PAIN, s.AFP),
        Support.STRONG,
        Row(
            "cannot_pee",
            _("I cannot pee, it is newly hard to start, or I cannot feel when I need to pee or poop"),
            group=CONTROL_AND_FEELING,
        ),
    ),
    _red_flag(
        "E3",
        _("both legs have new or worse pain, tingling, numbness or weakness"),
        _("squeezed nerves or spinal cord"),
        (s.NHS_BACK_PAIN, s.GIRFT),
        Support.MODERATE,
        Row(
            "both_legs",
            _("Both legs have new or worse pain, tingling, numbness or weakness"),
            _("Does not count: sore after exercise, or an old ache that has not changed."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
    ),
    _red_flag(
        "E4",
        _("it began with a serious accident, or with any fall or blow and now you cannot stand or walk"),
        _("a broken bone in the spine"),
        (s.NHS_BACK_PAIN, s.DOWNIE),
        Support.STRONG,
        Row(
            "serious_accident",
            _("It began with a serious accident, or with any fall or blow and now I cannot stand or walk"),
            _("Serious: a fast crash, a fall from well above standing height, or hit by a vehicle."),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
    ),
    _red_flag(
        "E5",
        _("the pain tears or rips, or is the worst ever, came from nowhere and no position eases it"),
        _("a tear or leak in the body’s main artery, or a bleed"),
        (s.EMERGENCY_TEXTS, s.ACEP),
        Support.STRONG,
        Row(
            "tearing",
            _("Tearing or ripping pain; or sudden worst-ever pain that nothing set off and no position eases"),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    _red_flag(
        "E6",
        _("you have chest pain or pressure, or back pain with a cold sweat, feeling sick or jaw pain"),
        _("a heart attack"),
        (s.NHS_HEART, s.AHA),
        Support.STRONG,
        Row(
            "chest",
            _("Chest pain, pressure or tightness, or new trouble breathing"),
            group=HEAD_CHEST_AND_BELLY,
        ),
        Row(
            "heart_or_clot",
            _("Back pain with a cold sweat, feeling sick, jaw pain or a swollen leg"),
            _("Count this too: upper-back pressure that comes when I walk or climb stairs and stops when I rest."),
            group=HEAD_CHEST_AND_BELLY,
        ),
        also_when=(all_of("spread.chest_or_jaw"),),
    ),
    _red_flag(
        "E7",
        _("you have new trouble breathing, or a swollen leg and pain when you breathe in"),
        _("a blood clot in the lung"),
        (s.AHA,),
        Support.MODERATE,
        also_when=(all_of("signs.chest"), all_of("signs.heart_or_clot")),
    ),
    _red_flag(
        "E8",
        _("you have very bad belly pain, a throbbing lump in your belly, or a known aneurysm"),
        _("a bulging main artery, or another emergency in the belly"),
        (s.MAYO, s.SURGICAL_TEXTS),
        Support.STRONG,
        Row(
            "belly",
            _("Very bad belly pain, a throbbing lump in my belly, or a known aneurysm of the main artery (aorta)"),
            group=HEAD_CHEST_AND_BELLY,
        ),
        # At this age a first "kidney stone" may be the artery.
        also_when=(all_of("notice.stone_pain_first", "age.60_up"),),
    ),
    _red_flag(
        "E9",
        _("you fainted, nearly fainted or collapsed"),
        _("bleeding inside, a heart problem or a clot"),
        (s.EMERGENCY_TEXTS,),
        Support.STRONG,
        Row("fainted", _("I fainted, nearly fainted or collapsed"), group=HEAD_CHEST_AND_BELLY),
    ),
    _red_flag(
        "E10",
        _("you have a fever or shaking chills with another danger sign, such as a stiff neck or feeling very ill"),
        _("an infection of the spine, the brain’s lining or the blood"),
        (s.YUSUF, s.IDSA, s.FINUCANE),
        Support.STRONG,
        Row(
            "fever_and_more",
            _("Fever or shaking chills, and at least one more sign"),
            _(
                "Stiff neck, bad headache, confusion, feeling very ill, cannot keep fluids down, yellow eyes,"
                " or pain from my side to my groin."
            ),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
        also_when=(all_of(FEVER, (*NERVE_SIGNS, *WEAKENED)),),
    ),
    _red_flag(
        "E11",
        _("you may bleed easily, and very bad pain came all at once with nothing setting it off"),
        _("a bleed near the spine or in the belly"),
        (s.BLEED_CASES,),
        Support.MODERATE,
        also_when=(all_of(BLEEDS_EASILY, OUT_OF_NOWHERE),),
    ),
    _red_flag(
        "E12",
        _("you are or may be pregnant, or just gave birth, with bleeding, belly pain, bad headache or blurry sight"),
        _("labor, a pregnancy outside the womb, or high blood pressure of pregnancy"),
        (s.ACOG,),
        Support.STRONG,
        Row(
            "pregnancy_danger",
            _("Pregnant, maybe pregnant, or gave birth in the last 6 weeks, and at least one more sign"),
            _(
                "Bleeding, leaking fluid, tightening or back pain in a rhythm, belly or shoulder-tip pain,"
                " bad headache, or blurry sight."
            ),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
        also_when=(all_of(PREGNANT_OR_JUST_AFTER, "spread.belly"),),
    ),
    _red_flag(
        "E13",
        _("your face droops, your speech slurs, or you suddenly cannot see well"),
        _("a stroke"),
        (s.ASA,),
        Support.STRONG,
        Row(
            "stroke",
            _("My face droops, my speech slurs, or I suddenly cannot see well"),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    _red_flag(
        "E14",
        _("you have a fever or chills, and cannot keep fluids down, have yellow eyes or side-to-groin pain"),
        _("a blocked, infected kidney, or an infection of the bile ducts"),
        (s.NIDDK,),
        Support.STRONG,
        also_when=(
            all_of("signs.fever_and_more"),
            all_of(FEVER, ("notice.stone_pain_first", "notice.stone_pain_before", "notice.no_fluids")),
        ),
    ),
    _red_flag(
        "E15",
        _("your pee is the color of cola after hard exercise"),
        _("muscle breakdown that can harm the kidneys"),
        (s.MUSCLE_CASES,),
        Support.MODERATE,
        Row(
            "cola_pee",
            _("My pee is the color of cola after hard exercise"),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
    ),
    # The guidance says "over 60". Someone who has just turned 60 counts.
    _red_flag(
        "E16",
        _("you are 60 or older, and very bad pain came all at once with nothing setting it off"),
        _("a tear or leak in the body’s main artery, or a bleed"),
        (s.NICE_NG156, s.EMERGENCY_TEXTS),
        Support.MODERATE,
        also_when=(all_of(OUT_OF_NOWHERE, "age.60_up"),),
    ),
)
