"""The decision table: every rule, in the order of its code. The highest level that is met wins."""

from triage.clinical import sources as s
from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Row, Rule, Support, all_of
from triage.clinical.red_flags import (
    AFTER_BIRTH,
    ARM,
    BELLY,
    BLEEDS_EASILY,
    CANNOT_WALK,
    DIABETES,
    DRY,
    FEVER,
    INJURY,
    LEG,
    LIMB,
    LOST_WEIGHT_OR_LUMP,
    OUT_OF_NOWHERE,
    PREGNANT,
    RED_FLAGS,
    SOAKING_SWEATS,
    STEROIDS,
    STONE_WAVES,
    UPPER_BELLY,
    WORSE_OR_CONSTANT,
)
from triage.clinical.translation import gettext_noop as _

WORSE = "notice.worse"
WEAK_BONES = "health.weak_bones_or_hump"
SUDDEN_MOVE = "start.sudden_move"
ANYWHERE_ELSE = "spread.elsewhere"
SPREADS = (*LIMB, BELLY, ANYWHERE_ELSE)
# Rows that name the side or the upper belly: who checks one may answer "only the back" to where the pain goes.
TO_THE_BELLY = (BELLY, UPPER_BELLY)
TO_THE_SIDE = (ANYWHERE_ELSE, STONE_WAVES)
BURNING_OR_BLOODY_PEE = "notice.burning_pee"

TO_THE_EMERGENCY_ROOM = _("An emergency room can help you best.")
TO_THE_CHILDRENS_DOCTOR = _("A children’s doctor can help best, or an emergency room when the office is closed.")
TO_POISON_CONTROL = _("Call Poison Control now: 1-800-222-1222.")
TO_THE_LABOR_UNIT = _("Call your labor unit or prenatal team now.")


def _notice(code: str, text: str, hint: str = "") -> Row:
    return Row(code, text, hint, question="notice")


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
        asks=(
            _notice(
                "fever",
                _("Fever of 100.4 °F (38 °C) or more, or shaking chills"),
                _("No thermometer? Count it if hot and shivery. Also if a pill brought it down."),
            ),
        ),
    ),
    Rule(
        "U2",
        CareLevel.URGENT,
        _("you had cancer in the last 5 years, or longer ago and the pain grows, spreads or wakes you"),
        (s.NICE_NG234, s.DOWNIE, s.ACR),
        Support.STRONG,
        _("cancer that has spread to the spine"),
        see=_("Your cancer team or an emergency room can help you best."),
        asks=(
            _health(
                "cancer_recent",
                _("Cancer now or in the last 5 years"),
                _("Not: skin cancer that is not melanoma."),
            ),
            _health("cancer_past", _("Cancer more than 5 years ago")),
        ),
        when=(
            all_of("health.cancer_recent"),
            all_of("health.cancer_past", (*WORSE_OR_CONSTANT, *SPREADS, LOST_WEIGHT_OR_LUMP, OUT_OF_NOWHERE)),
        ),
    ),
    Rule(
        "U3",
        CareLevel.URGENT,
        _("you have a weak immune system, use drugs by needle, or just had an infection or spine needle"),
        (s.ACR, s.FINUCANE, s.SPINE_INFECTION_COHORT),
        Support.STRONG,
        _("an infection of the spine"),
        see=_("An emergency room or your own specialist can help you best."),
        asks=(
            _health(
                "weak_immune",
                _("A weak immune system, or dialysis"),
                _(
                    "Such as HIV, a transplant, chemo, no spleen,"
                    " or medicine for lupus or arthritis like Humira (adalimumab)."
                ),
            ),
            _health(
                "spine_procedure",
                _("In the last 3 months: a needle or surgery in or near my spine"),
                _("Such as a shot for pain, an epidural or a spinal tap."),
            ),
            _health(
                "needle_drugs",
                _("Drugs by needle"),
                _("Also if I stopped lately. Not: insulin or other medicine from a doctor."),
            ),
            _health(
                "infection_3_months",
                _(
                    "In the last 3 months: infected skin, wound or implant, a blood or bone infection,"
                    " or a hospital stay for an infection"
                ),
                _("Such as a boil, or red skin over a pump or wires. Not: a cold, flu, pimple or skin fungus."),
            ),
        ),
    ),
    Rule(
        "U4",
        CareLevel.URGENT,
        _("you had a small fall or strain, and are 65 or older, have weak bones, take steroids or bleed easily"),
        (s.ACR, s.DOWNIE, s.CANADIAN_C_SPINE),
        Support.STRONG,
        _("a broken bone in the spine, or a bleed"),
        asks=(
            _health(
                "bleeds_or_not_sure",
                _("A blood thinner or a bleeding problem, or I am not sure"),
                _(
                    "Such as warfarin (Coumadin), apixaban (Eliquis), rivaroxaban (Xarelto), clopidogrel (Plavix) or"
                    " heparin. Not: low-dose aspirin. We ask about it with the pain pills."
                ),
            ),
        ),
        when=(
            all_of(INJURY, ("age.65_up", WEAK_BONES, STEROIDS, BLEEDS_EASILY)),
            all_of((WEAK_BONES, STEROIDS), (SUDDEN_MOVE, OUT_OF_NOWHERE)),
            all_of(BLEEDS_EASILY, (SUDDEN_MOVE, *WORSE_OR_CONSTANT)),
        ),
    ),
    Rule(
        "U5",
        CareLevel.URGENT,
        _("you have burning or bloody pee, odd discharge, a swollen testicle, or side pain in waves or with vomiting"),
        (s.MAYO, s.ARTICLE, s.CDC_INFECTIONS),
        Support.STRONG,
        _("an infection of the kidney or lower down, or a kidney stone"),
        asks=(
            _notice(
                "burning_pee",
                _("Burning or bloody pee lately, odd new discharge (vagina or penis), or a swollen testicle"),
            ),
            _notice("stone_waves", _("Pain in my side that comes in waves, goes to my groin, or makes me throw up")),
        ),
    ),
    Rule(
        "U6",
        CareLevel.URGENT,
        _("you are or may be pregnant, with burning pee, odd discharge, fever, or side pain in waves or with vomiting"),
        (s.ACOG,),
        Support.STRONG,
        _("an infection of the bladder or kidney"),
        see=TO_THE_LABOR_UNIT,
        when=(all_of(PREGNANT, (BURNING_OR_BLOODY_PEE, STONE_WAVES, FEVER)),),
    ),
    Rule(
        "U7",
        CareLevel.URGENT,
        _("upper-belly or right-rib pain goes to the back for hours or with vomiting, or your eyes are yellow"),
        (s.ARTICLE, s.NIDDK),
        Support.MODERATE,
        _("a problem of the gallbladder or the liver"),
        asks=(
            _notice(
                "upper_belly",
                _("Pain in my upper belly or under my right ribs to the back, for hours or with vomiting"),
                _("Also: after fatty food, or to the right shoulder blade. Or yellow eyes."),
            ),
        ),
    ),
    Rule(
        "U8",
        CareLevel.URGENT,
        _("a band of blisters is on the sore side"),
        (s.CDC,),
        Support.STRONG,
        _("shingles"),
        asks=(_notice("blisters", _("A band of blisters on the sore side")),),
    ),
    Rule(
        "U9",
        CareLevel.URGENT,
        _("you have new trouble with erection or orgasm"),
        (s.GIRFT,),
        Support.MODERATE,
        _("the start of squeezed nerves at the base of the spine"),
        see=TO_THE_EMERGENCY_ROOM,
        asks=(
            _notice(
                "sex_trouble",
                _("New trouble with erection or orgasm"),
                _("If it feels numb there, call 911."),
            ),
        ),
    ),
    Rule(
        "U10",
        CareLevel.URGENT,
        _("you throw up all you drink, stay dizzy when you stand, or hardly pee"),
        (s.ARTICLE,),
        Support.STRONG,
        _("too little water in the body"),
        asks=(
            _notice(
                "dry",
                _("I throw up all I drink, stay dizzy when I stand even after I drink water, or hardly pee"),
                _("Not: thirst, dark yellow pee, dizzy once, or hardly any pee due to dialysis."),
            ),
        ),
    ),
    Rule(
        "U11",
        CareLevel.URGENT,
        _("you cannot take even a few steps, holding on"),
        (s.MAYO,),
        Support.WEAK,
        _("a very strong spasm, or a broken bone"),
        see=TO_THE_EMERGENCY_ROOM,
        asks=(
            _notice(
                "cannot_walk",
                _("I can no longer take even a few steps, holding on"),
                _("Count it if pain keeps me on the floor or in bed."),
            ),
        ),
    ),
    Rule(
        "U12",
        CareLevel.URGENT,
        _("you lose weight, have a new lump or new bruises, and the pain grows or is there at night"),
        (s.NHS_BACK_PAIN, s.FINUCANE),
        Support.MODERATE,
        _("cancer or an infection"),
        when=(all_of(LOST_WEIGHT_OR_LUMP, WORSE_OR_CONSTANT),),
    ),
    Rule(
        "U13",
        CareLevel.URGENT,
        _("sweats soak you while the pain gets worse"),
        (s.FINUCANE,),
        Support.MODERATE,
        _("an infection"),
        # Not a fever for any rule: after a birth and under cancer treatment such sweats are common.
        asks=(_notice("soaking_sweats", _("Sweats that soak me while the pain gets worse")),),
    ),
    Rule(
        "U14",
        CareLevel.URGENT,
        _("you have sickle cell disease and new back pain"),
        (s.HEMATOLOGY,),
        Support.MODERATE,
        _("a pain crisis, or an infection"),
        see=_("Your sickle cell team or an emergency room can help you best."),
        asks=(_health("sickle_cell", _("Sickle cell disease")),),
    ),
    Rule(
        "U15",
        CareLevel.URGENT,
        _("the person is a child under 10"),
        (s.PEDIATRICS,),
        Support.MODERATE,
        _("an infection, a growth, or something else that needs a look"),
        see=TO_THE_CHILDRENS_DOCTOR,
        when=(all_of("age.under_10"),),
    ),
    # One leg is not here: a slipped disc often starts so (D16 and A7).
    Rule(
        "U16",
        CareLevel.URGENT,
        _("very bad pain came all at once with nothing setting it off, and goes to your belly"),
        (s.NICE_NG156, s.SURGICAL_TEXTS),
        Support.MODERATE,
        _("a bulging main artery, or another emergency in the belly"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(OUT_OF_NOWHERE, TO_THE_BELLY),),
    ),
    Rule(
        "U17",
        CareLevel.URGENT,
        _("very bad pain came all at once with nothing setting it off, and goes to your hip, side or groin"),
        (s.NICE_NG156, s.SURGICAL_TEXTS),
        Support.MODERATE,
        _("a bulging main artery, or a kidney stone"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(OUT_OF_NOWHERE, TO_THE_SIDE),),
    ),
    Rule(
        "U18",
        CareLevel.URGENT,
        _("pain goes into an arm, and it came all at once from nothing, or you have diabetes"),
        # The guidance on the aorta does not speak of the arm.
        (s.AHA, s.EMERGENCY_TEXTS),
        Support.MODERATE,
        _("a heart attack, or a tear in the body’s main artery"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(ARM, (OUT_OF_NOWHERE, DIABETES)),),
    ),
    Rule(
        "U19",
        CareLevel.URGENT,
        _("a sharp stab comes each time you breathe in"),
        (s.AHA,),
        Support.MODERATE,
        _("a problem of the lung, or a clot in it"),
        see=TO_THE_EMERGENCY_ROOM,
        asks=(_notice("breath_stab", _("A sharp stab each time I breathe in")),),
    ),
    Rule(
        "U20",
        CareLevel.URGENT,
        _("you are 20 weeks pregnant or more and had a fall, a bump or a car accident, however small"),
        (s.ACOG_TRAUMA,),
        Support.STRONG,
        _("harm to the baby or the womb, even when you feel well"),
        see=TO_THE_LABOR_UNIT,
        when=(all_of("pregnancy.weeks_20_up", INJURY),),
    ),
    Rule(
        "U21",
        CareLevel.URGENT,
        _("you may bleed easily, and have new bruises, an injury, or pain that spreads to another part of your body"),
        (s.BLEED_CASES,),
        Support.MODERATE,
        _("a bleed near the spine or behind the belly"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(BLEEDS_EASILY, (INJURY, LOST_WEIGHT_OR_LUMP, *LIMB, *TO_THE_BELLY, *TO_THE_SIDE)),),
    ),
    Rule(
        "U22",
        CareLevel.URGENT,
        _("you have diabetes or take steroid pills, and the pain grows day by day or is there at night"),
        (s.SPINE_INFECTION_COHORT, s.FINUCANE),
        Support.MODERATE,
        _("an infection of the spine"),
        asks=(_health("diabetes", _("Diabetes")),),
        when=(all_of((DIABETES, STEROIDS), WORSE_OR_CONSTANT),),
    ),
    Rule(
        "U23",
        CareLevel.URGENT,
        _("you may be pregnant, or are under 20 weeks, and the pain goes to your hip, side, groin or shoulder"),
        (s.ACOG,),
        Support.WEAK,
        _("a pregnancy outside the womb"),
        # So early there may be no labor unit or prenatal team to call.
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of("pregnancy.maybe_or_under_20", TO_THE_SIDE),),
    ),
    Rule(
        "U24",
        CareLevel.URGENT,
        _("pain goes to your belly, and you are 60 or older, may be injured, or it grows day by day"),
        # The guidance on the artery says "over 60".
        (s.NICE_NG156, s.EMERGENCY_TEXTS),
        Support.MODERATE,
        _("a bulging main artery, a bleed inside, or another emergency in the belly"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(BELLY, ("age.60_up", WORSE)), all_of(INJURY, TO_THE_BELLY)),
    ),
    Rule(
        "U25",
        CareLevel.URGENT,
        _("pain or tingling goes into an arm after an injury, or into an arm and a leg"),
        (s.CANADIAN_C_SPINE, s.FINUCANE),
        Support.MODERATE,
        _("an injury of the neck, or pressure on the spinal cord"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(ARM, (INJURY, LEG)),),
    ),
    Rule(
        "U26",
        CareLevel.URGENT,
        _("your pregnancy ended in the last 6 weeks, and pain or tingling goes down a leg"),
        (s.CDC_HEAR_HER,),
        Support.MODERATE,
        _("a blood clot in the leg"),
        see=TO_THE_LABOR_UNIT,
        when=(all_of(AFTER_BIRTH, LEG),),
    ),
    Rule(
        "U27",
        CareLevel.URGENT,
        _("very bad pain came all at once from nothing, and it grows, never eases or keeps you from walking"),
        (s.NICE_NG156, s.EMERGENCY_TEXTS),
        Support.WEAK,
        _("a tear in the body’s main artery, or something else that is not a spasm"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(OUT_OF_NOWHERE, (*WORSE_OR_CONSTANT, CANNOT_WALK)),),
    ),
    Rule(
        "U28",
        CareLevel.URGENT,
        _("you throw up all you drink, stay dizzy or hardly pee, with sweats, side pain or pain that spreads"),
        (s.MAYO, s.SURGICAL_TEXTS),
        Support.MODERATE,
        _("a blocked kidney, or a bleed or an infection inside"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(DRY, (BELLY, *TO_THE_SIDE, SOAKING_SWEATS)),),
    ),
    Rule(
        "U29",
        CareLevel.URGENT,
        _("you may be injured, and have side pain as with a kidney stone, bloody pee or a swollen testicle"),
        (s.EMERGENCY_TEXTS, s.SURGICAL_TEXTS),
        Support.MODERATE,
        _("a torn kidney, or a bleed inside"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of(INJURY, (STONE_WAVES, BURNING_OR_BLOODY_PEE)),),
    ),
    Rule(
        "U30",
        CareLevel.URGENT,
        _("you took too much of a medicine, or feel worse since you stopped or ran out of a strong one"),
        (s.ACETAMINOPHEN_POISONING, s.FDA_OPIOIDS, s.BACLOFEN_LABEL),
        Support.STRONG,
        _("poisoning, or the lack of a medicine"),
        see=TO_POISON_CONTROL,
        asks=(
            _health(
                "medicine_trouble",
                _("I took too much medicine, or feel worse since I stopped or ran out of a strong one"),
                _("Strong: baclofen, oxycodone, alcohol, pills for nerves or sleep. To harm yourself? Call 911."),
            ),
        ),
    ),
    Rule(
        "U31",
        CareLevel.URGENT,
        _("you are 10 to 17, and lose weight without trying, or have a new lump or new bruises"),
        (s.JFP_PEDIATRIC,),
        Support.MODERATE,
        _("an illness of the blood or the bones"),
        see=TO_THE_CHILDRENS_DOCTOR,
        when=(all_of("age.10_to_17", LOST_WEIGHT_OR_LUMP),),
    ),
    Rule(
        "U32",
        CareLevel.URGENT,
        _("a fever or soaking sweats come with pain that grows day by day or is there at night"),
        (s.YUSUF, s.IDSA, s.FINUCANE),
        Support.STRONG,
        _("an infection of the spine"),
        see=TO_THE_EMERGENCY_ROOM,
        when=(all_of((FEVER, SOAKING_SWEATS), WORSE_OR_CONSTANT),),
    ),
)

DOCTOR_RULES = (
    Rule(
        "D1",
        CareLevel.DOCTOR,
        _("you lose weight without trying, or have a new lump or new bruises"),
        (s.MAYO, s.NHS_BACK_PAIN),
        Support.MODERATE,
        _("an illness that needs tests"),
        asks=(
            _notice(
                "weight_or_lump",
                _("Losing weight without trying, a new lump, or new bruises from nothing"),
                _("Not: a knot in the muscle."),
            ),
        ),
    ),
    Rule(
        "D2",
        CareLevel.DOCTOR,
        _("the pain wakes you most nights, or never eases when you lie down"),
        (s.NHS_BACK_PAIN, s.VERHAGEN),
        Support.WEAK,
        _("an infection, cancer, or swelling in the spine’s joints"),
        asks=(
            _notice(
                "night",
                _("It wakes me most nights, or never eases when I lie down"),
                _("Also: worst at night, even when I lie still."),
            ),
        ),
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
        see=_("Call your prenatal team first, if you have one."),
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
        _("you have weak bones, ankylosing spondylitis or a new hump, got shorter, or take or stopped steroid pills"),
        (s.DOWNIE, s.ACR, s.NHS_BACK_PAIN, s.NICE_NG65, s.FDA_HIDDEN),
        Support.MODERATE,
        _("a broken bone in the spine"),
        asks=(
            _health(
                "weak_bones_or_hump",
                _("Weak bones (osteoporosis), ankylosing spondylitis, a new hump, or I got shorter"),
            ),
            _health(
                "steroid_pills",
                _("Steroid pills (like prednisone, Artri King) for a long time, or stopped in the last 3 months"),
            ),
        ),
    ),
    Rule(
        "D9",
        CareLevel.DOCTOR,
        _("the pain still gets steadily worse after a week, or gets worse after a pregnancy"),
        (s.MAYO, s.ACOG),
        Support.MODERATE,
        _("something other than a spasm"),
        asks=(_notice("worse", _("It gets steadily worse, day by day")),),
        when=(
            all_of(WORSE, ("duration.days_7_13", "duration.weeks_2_or_not_sure", "duration.months_3_up", AFTER_BIRTH)),
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
    Rule(
        "D17",
        CareLevel.DOCTOR,
        _("you are 70 or older, and the pain came all at once in a move, or grows day by day"),
        (s.DOWNIE,),
        Support.MODERATE,
        _("a broken bone in the spine"),
        when=(all_of("age.70_up", (SUDDEN_MOVE, WORSE)),),
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
        when=(all_of(("duration.weeks_2_or_not_sure", "duration.months_3_up")),),
    ),
    Rule(
        "A6",
        CareLevel.DOCTOR,
        _("an injury may have caused them"),
        (s.ARTICLE,),
        Support.ARTICLE,
        _("damage that needs a look"),
        when=(all_of(INJURY),),
    ),
    Rule(
        "A7",
        CareLevel.DOCTOR,
        _("the pain spreads to another part of your body"),
        (s.ARTICLE,),
        Support.ARTICLE,
        _("an irritated nerve, or a problem outside the back"),
        when=(all_of(SPREADS),),
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
# What every handout below an emergency repeats: when to call 911 after all. It fits a sheet of paper.
WATCH_FOR = (*ARTICLE_SIGNS, *(RULE_BY_CODE[code] for code in ("E1", "E2", "E5", "E6", "E7", "E9", "E10")))
# The most common signs of a level, where a page has no room for all. Such a list says how many more there are.
COMMON_SIGNS = {
    CareLevel.EMERGENCY: (*WATCH_FOR, RULE_BY_CODE["E4"]),
    CareLevel.URGENT: tuple(RULE_BY_CODE[code] for code in ("U1", "U4", "U5", "U11")),
    CareLevel.DOCTOR: tuple(RULE_BY_CODE[code] for code in ("A5", "A6", "A7")),
}


def rules_at(level: CareLevel) -> tuple[Rule, ...]:
    """The rules that lead to `level`, in order."""
    return tuple(rule for rule in RULES if rule.level == level)
