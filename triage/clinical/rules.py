"""The decision table: every rule, in the order of its code. The highest level that is met wins."""

from triage.clinical import sources as s
from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Row, Rule, Support, all_of
from triage.clinical.red_flags import BLEEDS_EASILY, FEVER, OUT_OF_NOWHERE, RED_FLAGS
from triage.clinical.translation import gettext_noop as _

HOW_IT_IS_NOW = _("How it is now")
OTHER_THINGS = _("Other things you notice")

# The order in which the long question of step 2 shows its groups.
NOTICE_GROUPS = (HOW_IT_IS_NOW, OTHER_THINGS)

WORSE_OR_CONSTANT = ("notice.worse", "notice.night")
BRITTLE_OR_OLD = ("age.70_up", "health.weak_bones", "health.steroids", *BLEEDS_EASILY)
# A person who is not sure how it began may have fallen, so it counts as a small injury.
SMALL_INJURY = ("start.injury", "start.not_sure")
PREGNANT = ("pregnancy.maybe", "pregnancy.weeks_under_20", "pregnancy.weeks_20_up")


def _now(code: str, text: str, hint: str = "") -> Row:
    return Row(code, text, hint, question="notice", group=HOW_IT_IS_NOW)


def _other(code: str, text: str, hint: str = "") -> Row:
    return Row(code, text, hint, question="notice", group=OTHER_THINGS)


def _health(code: str, text: str, hint: str = "") -> Row:
    return Row(code, text, hint, question="health")


URGENT_RULES = (
    Rule(
        "U1",
        CareLevel.URGENT,
        _("you have a fever of 100.4 °F (38 °C) or more, or chills that shake you"),
        (s.NHS_BACK_PAIN, s.MAYO),
        Support.STRONG,
        _("an infection"),
        asks=(_other("fever", _("Fever of 100.4 °F (38 °C) or more, or hot and shivery, or shaking chills")),),
    ),
    Rule(
        "U2",
        CareLevel.URGENT,
        _("you had cancer in the last 5 years, or longer ago and the pain grows or is there at night"),
        (s.NICE_NG234, s.DOWNIE, s.ACR),
        Support.STRONG,
        _("cancer that has spread to the spine"),
        see=_("Your cancer team or an emergency room can help you best."),
        asks=(
            _health(
                "cancer_recent",
                _("Cancer now or in the last 5 years"),
                _("Not: simple skin cancer."),
            ),
            _health("cancer_past", _("Cancer longer ago")),
        ),
        when=(all_of("health.cancer_recent"), all_of("health.cancer_past", WORSE_OR_CONSTANT)),
    ),
    Rule(
        "U3",
        CareLevel.URGENT,
        _("you have a weak immune system, use drugs by needle, or just had a serious infection or spine procedure"),
        (s.ACR, s.FINUCANE),
        Support.STRONG,
        _("an infection of the spine"),
        see=_("An emergency room or your own specialist can help you best."),
        asks=(
            _health("weak_immune", _("A weak immune system, or dialysis")),
            _health(
                "needle_drugs",
                _("Drugs by needle"),
                _("Not: insulin or other medicine from a doctor."),
            ),
            _health(
                "recent_infection",
                _("In the last 3 months: a serious infection, a shot in the spine, an epidural or spine surgery"),
            ),
        ),
    ),
    Rule(
        "U4",
        CareLevel.URGENT,
        _("you had a small fall or strain, and are 70 or older, have weak bones or bleed easily"),
        (s.ACR, s.DOWNIE),
        Support.STRONG,
        _("a broken bone in the spine, or a bleed"),
        asks=(
            _health(
                "blood_thinner",
                _("A blood thinner, or a bleeding problem"),
                _("Such as warfarin, Eliquis, Xarelto, Plavix (clopidogrel) or heparin."),
            ),
        ),
        when=(
            all_of(SMALL_INJURY, BRITTLE_OR_OLD),
            all_of("health.weak_bones", "start.sudden_effort"),
            all_of(BLEEDS_EASILY, ("start.sudden_effort", "notice.worse")),
        ),
    ),
    Rule(
        "U5",
        CareLevel.URGENT,
        _("your pee burns or has blood in it, or pain comes in waves from your side to your groin"),
        (s.MAYO, s.ARTICLE),
        Support.STRONG,
        _("a kidney infection or a kidney stone"),
        asks=(
            _other("burning_pee", _("Burning pee, or blood in my pee")),
            _other("stone_pain_first", _("Waves of pain from my side to my groin, for the first time")),
            _other("stone_pain_before", _("Waves of pain from my side to my groin, like stones I had before")),
        ),
    ),
    Rule(
        "U6",
        CareLevel.URGENT,
        _("you are or may be pregnant, with burning pee or a fever"),
        (s.ACOG,),
        Support.STRONG,
        _("an infection of the bladder or kidney"),
        see=_("Call your labor unit or prenatal team now."),
        when=(all_of(PREGNANT, ("notice.burning_pee", FEVER)),),
    ),
    Rule(
        "U7",
        CareLevel.URGENT,
        _("pain under your right ribs goes through to the back, for hours or with vomiting"),
        (s.ARTICLE,),
        Support.MODERATE,
        _("a gallbladder problem"),
        asks=(_other("gallbladder", _("Pain under my right ribs to the back, for hours or with vomiting")),),
    ),
    Rule(
        "U8",
        CareLevel.URGENT,
        _("a band of blisters is on the sore side"),
        (s.CDC,),
        Support.STRONG,
        _("shingles"),
        asks=(_other("blisters", _("A band of blisters on the sore side")),),
    ),
    Rule(
        "U9",
        CareLevel.URGENT,
        _("you have new trouble with erection or orgasm"),
        (s.GIRFT,),
        Support.MODERATE,
        _("the start of squeezed nerves at the base of the spine"),
        asks=(
            _other(
                "sex_trouble",
                _("New trouble with erection or orgasm"),
                _("If it feels numb there, call 911."),
            ),
        ),
    ),
    Rule(
        "U10",
        CareLevel.URGENT,
        _("you cannot keep fluids down, get dizzy when you stand, or hardly pee"),
        (s.ARTICLE,),
        Support.STRONG,
        _("too little water in the body"),
        asks=(_other("no_fluids", _("Cannot keep fluids down, dizzy when I stand, or hardly any pee")),),
    ),
    Rule(
        "U11",
        CareLevel.URGENT,
        _("pain stops you from standing or walking, and home care does nothing"),
        (s.MAYO,),
        Support.WEAK,
        _("a very strong spasm, or a broken bone"),
        asks=(_now("cannot_stand", _("Pain stops me from standing or walking, and home care does nothing")),),
    ),
    Rule(
        "U12",
        CareLevel.URGENT,
        _("you lose weight without trying, and the pain grows or is there at night"),
        (s.NHS_BACK_PAIN, s.FINUCANE),
        Support.MODERATE,
        _("cancer or an infection"),
        when=(all_of("notice.weight_loss", WORSE_OR_CONSTANT),),
    ),
    Rule(
        "U13",
        CareLevel.URGENT,
        _("you have drenching sweats or chills while the pain gets worse"),
        (s.FINUCANE,),
        Support.MODERATE,
        _("an infection"),
        asks=(_other("sweats", _("Drenching sweats or chills while the pain gets worse")),),
    ),
    Rule(
        "U14",
        CareLevel.URGENT,
        _("you have sickle cell disease and new back pain"),
        (s.HEMATOLOGY,),
        Support.MODERATE,
        _("a pain crisis, or an infection"),
        asks=(_health("sickle_cell", _("Sickle cell disease")),),
    ),
    Rule(
        "U15",
        CareLevel.URGENT,
        _("the person is a child under 10"),
        (s.PEDIATRICS,),
        Support.MODERATE,
        _("an infection, a growth, or something else that needs a look"),
        when=(all_of("age.under_10"),),
    ),
    # One rule for each place, so that the person reads back the place they named and no other.
    # Chest or jaw is an emergency already (E6). One leg is not here: a slipped disc often starts so (D16 and A7).
    Rule(
        "U16",
        CareLevel.URGENT,
        _("very bad pain came all at once with nothing setting it off, and goes to your belly"),
        (s.NICE_NG156, s.SURGICAL_TEXTS),
        Support.MODERATE,
        _("a bulging main artery, or another emergency in the belly"),
        see=_("An emergency room can help you best."),
        when=(all_of(OUT_OF_NOWHERE, "spread.belly"),),
    ),
    Rule(
        "U17",
        CareLevel.URGENT,
        _("very bad pain came all at once with nothing setting it off, and goes to your hip, side or groin"),
        (s.NICE_NG156, s.SURGICAL_TEXTS),
        Support.MODERATE,
        _("a bulging main artery, or a kidney stone"),
        see=_("An emergency room can help you best."),
        when=(all_of(OUT_OF_NOWHERE, "spread.hip_side_groin"),),
    ),
    Rule(
        "U18",
        CareLevel.URGENT,
        _("very bad pain came all at once with nothing setting it off, and goes into an arm"),
        # The guidance on the aorta does not speak of the arm.
        (s.AHA, s.EMERGENCY_TEXTS),
        Support.MODERATE,
        _("a heart attack, or a tear in the body’s main artery"),
        see=_("An emergency room can help you best."),
        when=(all_of(OUT_OF_NOWHERE, "spread.arm"),),
    ),
)

DOCTOR_RULES = (
    Rule(
        "D1",
        CareLevel.DOCTOR,
        _("you lose weight without trying"),
        (s.MAYO, s.NHS_BACK_PAIN),
        Support.MODERATE,
        _("an illness that needs tests"),
        asks=(_other("weight_loss", _("Losing weight without trying")),),
    ),
    Rule(
        "D2",
        CareLevel.DOCTOR,
        _("the pain wakes you most nights, or never eases when you lie down"),
        (s.NHS_BACK_PAIN, s.VERHAGEN),
        Support.WEAK,
        _("an infection, cancer, or swelling in the spine’s joints"),
        asks=(_now("night", _("It wakes me most nights, or never eases when I lie down")),),
    ),
    Rule(
        "D3",
        CareLevel.DOCTOR,
        _("stiff mornings for over 3 months that began before 45 and ease when you move"),
        (s.NICE_NG65, s.ARTICLE),
        Support.STRONG,
        _("a kind of arthritis of the spine (ankylosing spondylitis)"),
        asks=(
            _now(
                "stiff_mornings",
                _("Stiff for 30 minutes or more each morning, and better when I move"),
                _("Check this if it began before age 45."),
            ),
        ),
        when=(all_of("notice.stiff_mornings", "duration.months_3_up"),),
    ),
    Rule(
        "D4",
        CareLevel.DOCTOR,
        _("you are 10 to 17 years old"),
        (s.JFP_PEDIATRIC,),
        Support.MODERATE,
        _("a small crack in a bone, or something else that needs a look"),
        see=_(
            "Tell a parent or an adult you trust. See a doctor for children and teens."
            " In an emergency never wait for them: call 911 yourself."
        ),
        when=(all_of("age.10_to_17"),),
    ),
    Rule(
        "D5",
        CareLevel.DOCTOR,
        _("you are or may be pregnant"),
        (s.ACOG,),
        Support.MODERATE,
        see=_("Call your prenatal team first."),
        when=(all_of(PREGNANT),),
    ),
    Rule(
        "D6",
        CareLevel.DOCTOR,
        _("you had cancer in the past"),
        (s.DOWNIE,),
        Support.MODERATE,
        _("in rare cases, cancer that has come back"),
        see=_("Call the doctor or team that treated your cancer first."),
        when=(all_of("health.cancer_past"),),
    ),
    Rule(
        "D7",
        CareLevel.DOCTOR,
        _("you have weak bones or take steroid pills for a long time"),
        (s.DOWNIE, s.ACR),
        Support.MODERATE,
        _("a broken bone in the spine"),
        asks=(
            _health("weak_bones", _("Weak bones (osteoporosis)")),
            _health("steroids", _("Steroid pills for a long time")),
        ),
    ),
    Rule(
        "D8",
        CareLevel.DOCTOR,
        _("you have a new hump or lump, or you got shorter"),
        (s.NHS_BACK_PAIN,),
        Support.WEAK,
        _("a broken bone or a growth"),
        asks=(_other("hump", _("A new hump, stoop or lump, or I got shorter")),),
    ),
    Rule(
        "D9",
        CareLevel.DOCTOR,
        _("the pain still gets steadily worse after a week"),
        (s.MAYO,),
        Support.MODERATE,
        _("something other than a spasm"),
        asks=(_now("worse", _("It gets steadily worse, day by day")),),
        when=(
            all_of(
                "notice.worse",
                ("duration.days_7_13", "duration.weeks_2_up", "duration.months_3_up", "duration.not_sure"),
            ),
        ),
    ),
    Rule(
        "D11",
        CareLevel.DOCTOR,
        _("an old leg ache comes when you walk and eases when you bend or sit"),
        (s.ARTICLE,),
        Support.MODERATE,
        _("a narrow spinal canal (spinal stenosis)"),
        when=(all_of("spread.old_leg_ache"),),
    ),
    Rule(
        "D14",
        CareLevel.DOCTOR,
        _("you have an old bladder leak that has not changed"),
        (s.GIRFT,),
        Support.MODERATE,
        _("a bladder problem that can be treated"),
        asks=(_other("old_leak", _("An old bladder leak that has not changed")),),
    ),
    Rule(
        "D15",
        CareLevel.DOCTOR,
        _("pins and needles in one arm or leg do not go away, and feeling is normal"),
        (s.NICE_NG59,),
        Support.MODERATE,
        _("an irritated nerve"),
        asks=(
            _now(
                "tingling",
                _("Pins and needles in one arm or leg that do not go away"),
                _("Feeling is normal. If feeling is lost, go back to step 1."),
            ),
        ),
    ),
    Rule(
        "D16",
        CareLevel.DOCTOR,
        _("very bad pain came all at once, and nothing set it off"),
        (s.NICE_NG156, s.EMERGENCY_TEXTS),
        Support.WEAK,
        _("something other than a spasm"),
        when=(all_of(OUT_OF_NOWHERE),),
    ),
)

ARTICLE_DOCTOR_RULES = (
    Rule(
        "A5",
        CareLevel.DOCTOR,
        _("the spasms have gone on for 2 weeks or more"),
        (s.ARTICLE,),
        Support.ARTICLE,
        _("a problem of the spine, or an illness elsewhere"),
        unsure=_("you are not sure how long, so we count it as 2 weeks"),
        when=(all_of(("duration.weeks_2_up", "duration.months_3_up", "duration.not_sure")),),
    ),
    Rule(
        "A6",
        CareLevel.DOCTOR,
        _("an injury may have caused them"),
        (s.ARTICLE,),
        Support.ARTICLE,
        _("damage that needs a look"),
        unsure=_("you are not sure how it started, so we count it as an injury"),
        when=(all_of(SMALL_INJURY),),
    ),
    Rule(
        "A7",
        CareLevel.DOCTOR,
        _("the pain spreads to another part of your body"),
        (s.ARTICLE,),
        Support.ARTICLE,
        _("an irritated nerve, or a problem outside the back"),
        when=(all_of(("spread.leg", "spread.arm", "spread.hip_side_groin", "spread.belly", "spread.chest_or_jaw")),),
    ),
)

# Not a sign: what is left when no rule is met.
SELF_CARE_RULE = Rule(
    "A8",
    CareLevel.SELF_CARE,
    _("you have none of the signs we ask about"),
    (s.ARTICLE,),
    Support.ARTICLE,
    _("a simple back spasm"),
)

RULES = (*RED_FLAGS, *URGENT_RULES, *ARTICLE_DOCTOR_RULES, *DOCTOR_RULES, SELF_CARE_RULE)
RULE_BY_CODE = {rule.code: rule for rule in RULES}

# The article's four emergency signs, which fit into one sentence.
ARTICLE_SIGNS = tuple(RULE_BY_CODE[code] for code in ("A1", "A2", "A3", "A4"))
# What every result below an emergency and the handout repeat: when to call 911 after all. It fits a sheet of paper.
WATCH_FOR = (*ARTICLE_SIGNS, *(RULE_BY_CODE[code] for code in ("E1", "E2", "E6", "E9", "E10")))
# The most common signs of a level, where a page has no room for all. Such a list says how many more there are.
COMMON_SIGNS = {
    CareLevel.EMERGENCY: (*WATCH_FOR, RULE_BY_CODE["E4"]),
    CareLevel.URGENT: tuple(RULE_BY_CODE[code] for code in ("U1", "U4", "U5", "U11")),
    CareLevel.DOCTOR: tuple(RULE_BY_CODE[code] for code in ("A5", "A6", "A7")),
}


def rules_at(level: CareLevel) -> tuple[Rule, ...]:
    """The rules that lead to `level`, in order."""
    return tuple(rule for rule in RULES if rule.level == level)
