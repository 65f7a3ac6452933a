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
IT_WORKS = _("Not: it hurts to move but works.")

# Answers of step 2 that several rules need.
# "All at once, very bad, and nothing set it off": not how a muscle starts to hurt.
OUT_OF_NOWHERE = "start.out_of_nowhere"
INJURY = "start.injury_or_not_sure"
FEVER = "notice.fever"
SOAKING_SWEATS = "notice.soaking_sweats"
CANNOT_WALK = "notice.cannot_walk"
WORSE_OR_CONSTANT = ("notice.worse", "notice.night")
DRY = "notice.dry"  # dizzy, or nothing stays down, or hardly any pee
UPPER_BELLY = "notice.upper_belly"
LOST_WEIGHT_OR_LUMP = "notice.weight_or_lump"
STONE_WAVES = "notice.stone_waves"
BREATH_STAB = "notice.breath_stab"
SEX_TROUBLE = "notice.sex_trouble"
BELLY = "spread.belly"
# Pain down a limb, or pins and needles there that stay: an irritated nerve.
LEG = "spread.leg_or_tingling"
ARM = "spread.arm_or_tingling"
LIMB = (LEG, ARM)
# What lets germs reach the spine.
INFECTION_RISKS = ("health.weak_immune", "health.needle_drugs", "health.infection_3_months", "health.spine_procedure")
STEROIDS = "health.steroid_pills"
DIABETES = "health.diabetes"
SICKLE_CELL = "health.sickle_cell"
MEDICINE_TROUBLE = "health.medicine_trouble"
CANCER = ("health.cancer_recent", "health.cancer_past")
BLEEDS_EASILY = "health.bleeds_or_not_sure"
AFTER_BIRTH = "pregnancy.birth_6_weeks"
PREGNANT = ("pregnancy.maybe_or_under_20", "pregnancy.weeks_20_up")
PREGNANT_OR_JUST_AFTER = (*PREGNANT, AFTER_BIRTH)

# Signs of squeezed nerves low in the spine, with which a person may also be taken to an emergency room by car. All
# others can get worse on the way. One numb side (A3) and lost balance (A4) are not here: they can be a stroke. Nor are
# both legs or arms (E3): pressure on the cord in the neck, or weak nerves (Guillain-Barré), can reach the breath.
A_RIDE_WILL_DO = frozenset({"A1", "A2", "E1", "E2", "E24"})


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
            _("I wet or soiled myself, even once, or I cannot hold my pee or poop"),
            _("Not: an old, unchanged leak."),
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
            "weak_leg",
            _("A leg or foot is weak: gives way, drags or slaps, or I cannot lift my toes"),
            IT_WORKS,
            group=ARMS_LEGS_AND_BALANCE,
        ),
        Row(
            "weak_arm",
            _("An arm or hand is weak or clumsy: I drop things or cannot do buttons"),
            IT_WORKS,
            group=ARMS_LEGS_AND_BALANCE,
        ),
        Row(
            "limb_numb",
            _("Part of an arm or leg is numb: I feel a touch there less, or not at all"),
            _("Not: pins and needles alone, or it fell asleep from how I sat or lay."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
    ),
    _red_flag(
        "A3",
        _("one side of your body is numb"),
        NERVES_CORD_OR_BRAIN,
        (s.ARTICLE,),
        Support.ARTICLE,
        Row("one_side_numb", _("One side of my body or face is numb, or feels less"), group=ARMS_LEGS_AND_BALANCE),
    ),
    _red_flag(
        "A4",
        _("you lose your balance or coordination: your hands or feet miss their aim"),
        NERVES_CORD_OR_BRAIN,
        (s.ARTICLE,),
        Support.ARTICLE,
        Row(
            "balance",
            _("I lose my balance, or my hands or feet miss their aim"),
            _("Not: slow or bent over from pain."),
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
            _(
                "It feels numb or odd between my legs, at my private parts, bottom or inner thighs,"
                " or I feel less as I wipe or sit"
            ),
            group=CONTROL_AND_FEELING,
        ),
    ),
    _red_flag(
        "E2",
        _("you cannot pee, it is newly hard to start, stop or finish, or you feel no urge to go"),
        _("squeezed nerves at the base of the spine"),
        (s.GIRFT, s.NHS_BACK_PAIN, s.AFP),
        Support.STRONG,
        Row(
            "full_cannot_pee",
            _("My bladder feels full but I cannot pee, or it is newly hard to start, stop or finish"),
            group=CONTROL_AND_FEELING,
        ),
        Row(
            "no_urge",
            _("I can no longer feel when I need to pee or poop, or I did not feel it come out"),
            group=CONTROL_AND_FEELING,
        ),
        # "I hardly pee" may be a bladder that does not empty. With another sign of those nerves it counts as one.
        also_when=(all_of(DRY, (LEG, SEX_TROUBLE, CANNOT_WALK)),),
    ),
    _red_flag(
        "E3",
        _("both legs or both arms have new or worse pain, tingling, numbness or weakness"),
        _("squeezed nerves or spinal cord"),
        (s.NHS_BACK_PAIN, s.GIRFT, s.MYELOPATHY),
        Support.MODERATE,
        Row(
            "both_legs",
            _(
                "Both legs, or both arms, have new or worse pain, tingling or numbness,"
                " or are weak, heavy or like jelly"
            ),
            _(
                "Also: first one, then the other; or a shock into them as I bend my neck."
                " Not: sore from flu, exercise or work, or old and unchanged."
            ),
            group=ARMS_LEGS_AND_BALANCE,
        ),
    ),
    _red_flag(
        "E4",
        _("it began with a serious accident, or you cannot walk or stay dizzy after any fall, hit or bump"),
        _("a broken bone in the spine, or a bleed inside"),
        (s.NHS_BACK_PAIN, s.DOWNIE, s.EMERGENCY_TEXTS, s.CANADIAN_C_SPINE),
        Support.STRONG,
        Row(
            "accident",
            _("It began with a serious accident; or I cannot stand or walk since a fall, hit or bump"),
            _(
                "Serious: a fast crash; choked by someone; hit by a car, motorbike or bike; a fall from over 6 feet"
                " or down many stairs; a fall or dive onto the head. Small: a slip, a trip, a slow bump in a car."
            ),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
        # An arm and a leg: only the spinal cord in the neck leads to both.
        also_when=(all_of(INJURY, (CANNOT_WALK, DRY)), all_of(INJURY, ARM, LEG)),
    ),
    _red_flag(
        "E5",
        _("you have tearing pain in your chest, upper back or belly, or sudden, worst-ever pain that never eases"),
        _("a tear or leak in the body’s main artery, or a bleed"),
        (s.EMERGENCY_TEXTS, s.ACC_AHA),
        Support.STRONG,
        Row(
            "aorta_pain",
            _("Tearing pain in my chest, upper back or belly; or sudden, worst-ever pain that no position eases"),
            _("Also if it began as I lifted. Not: a pulled or torn muscle that eases when I keep still."),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    _red_flag(
        "E6",
        _("you have chest or jaw pain or pressure, a cold sweat, or an upper-back ache with other heart signs"),
        _("a heart attack"),
        (s.NHS_HEART, s.AHA),
        Support.STRONG,
        Row(
            "chest_or_jaw",
            _("Chest or jaw pain, pressure or tightness, or pain that goes there"),
            _("Not: a bad tooth, or only as I chew."),
            group=HEAD_CHEST_AND_BELLY,
        ),
        Row(
            "heart",
            _("Any one of these, even with no chest pain:"),
            # Not an ache anywhere: most sore backs hurt on stairs and ease at rest.
            _(
                "A cold sweat. Blood pressure over 180/120."
                " An ache in my upper back or left arm, with an upset stomach or strange tiredness."
                " Or the ache comes on stairs or as I walk, and stops at rest. Not: the low back alone."
            ),
            group=HEAD_CHEST_AND_BELLY,
        ),
        # The same signs, told one by one in step 2.
        also_when=(all_of(ARM, (SOAKING_SWEATS, DRY, UPPER_BELLY)),),
    ),
    _red_flag(
        "E7",
        _("you have new trouble breathing or swallowing, swollen lips, cough blood, or a limb swells or turns cold"),
        _("a blood clot, a bad allergic reaction, or a heart problem"),
        (s.AHA, s.EMERGENCY_TEXTS, s.FDA_LABELS),
        Support.MODERATE,
        Row(
            "breath",
            _(
                "New trouble breathing, I can hardly swallow, swollen lips or tongue, coughing up blood,"
                " or one arm or leg swells or turns cold and pale"
            ),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    _red_flag(
        "E8",
        _(
            "you have very bad or fast-growing belly pain, a throbbing lump there, aneurysm, Marfan syndrome,"
            " or sudden testicle pain"
        ),
        _("a bulging or torn main artery, or another emergency in the belly"),
        (s.MAYO, s.SURGICAL_TEXTS, s.ACC_AHA),
        Support.STRONG,
        Row(
            "belly_or_testicle",
            _(
                "Belly pain that is very bad or worse by the hour, a throbbing lump there, an aneurysm (aorta),"
                " Marfan syndrome, or sudden pain in a testicle"
            ),
            _("Not: period cramps, the same as each month."),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    _red_flag(
        "E9",
        _("you fainted, nearly fainted, collapsed, had a seizure, or your jaw locks or your eyes roll up"),
        _("bleeding inside, a heart problem, a clot, lockjaw (tetanus) or the effect of a medicine"),
        (s.EMERGENCY_TEXTS,),
        Support.STRONG,
        Row(
            "fainted_or_seizure",
            _("I fainted, nearly fainted, collapsed or had a seizure"),
            _(
                "Nearly: it went black. Also: my jaw locks, my eyes roll up, or spasms stiffen my whole body,"
                " not only my back. Not: dizzy for a moment as I stood up."
            ),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    _red_flag(
        "E10",
        _("you have a fever or shaking chills with another danger sign, or with an illness that makes it dangerous"),
        _("an infection of the spine, the brain’s lining or the blood, or the lack of a medicine"),
        (s.YUSUF, s.IDSA, s.FINUCANE, s.BACLOFEN_LABEL),
        Support.STRONG,
        Row(
            "fever_and_one",
            _("Fever or shaking chills, AND any one of these:"),
            _(
                "Confused, hard to wake or too weak to sit up. Purple spots on the skin."
                " Neck too stiff to bend. Light hurts my eyes. Worst-ever headache. I throw up all I drink."
                " I took metamizole (dipyrone, Neo-Melubrina). Not: back pain alone."
            ),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
        also_when=(
            all_of(
                FEVER,
                (
                    *(*LIMB, SEX_TROUBLE, LOST_WEIGHT_OR_LUMP, *INFECTION_RISKS, STEROIDS, SICKLE_CELL),
                    *("health.cancer_recent", MEDICINE_TROUBLE),
                ),
            ),
            all_of(FEVER, DIABETES, WORSE_OR_CONSTANT),
        ),
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
        _(
            "you are, may be or just were pregnant, with bleeding, belly pain,"
            " bad headache, blurry sight, dizziness or fewer kicks"
        ),
        _("labor, a pregnancy outside the womb, or high blood pressure of pregnancy"),
        (s.ACOG, s.CDC_HEAR_HER),
        Support.STRONG,
        Row(
            "pregnancy_and_one",
            _("Pregnant now, maybe, or in the last 6 weeks, AND any one of these:"),
            _(
                "Bleeding (after a birth: heavy). Leaking fluid. Tightening, or back pain that comes and goes every few"
                " minutes. Pain in my belly, right ribs or shoulder tip. Bad headache. Blurry sight."
                " Very swollen face or hands. Blood pressure over 160/110. The baby moves less."
            ),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
        also_when=(all_of(PREGNANT_OR_JUST_AFTER, (BELLY, OUT_OF_NOWHERE, DRY)),),
    ),
    _red_flag(
        "E13",
        _(
            "your face droops, your speech slurs, the room spins,"
            " or you are suddenly confused, hard to wake or see poorly"
        ),
        _("a stroke, an infection of the blood, or the effect of a medicine"),
        (s.ASA, s.EMERGENCY_TEXTS),
        Support.STRONG,
        Row(
            "stroke",
            _(
                "My face or an eyelid droops, my speech slurs, the room spins,"
                " or I am suddenly confused, hard to wake or cannot see well"
            ),
            _("Not: old spinning that is no worse."),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    _red_flag(
        "E14",
        _("you have a fever or chills, with yellow eyes, upper-belly or kidney pain, or throw up all you drink"),
        _("a blocked, infected kidney, or an infection of the bile ducts"),
        (s.NIDDK,),
        Support.STRONG,
        also_when=(
            all_of("signs.fever_and_one"),
            all_of(FEVER, (STONE_WAVES, UPPER_BELLY, DRY)),
        ),
    ),
    _red_flag(
        "E15",
        _("your pee is brown like cola, poop is black like tar, or you throw up blood or bleed a lot"),
        _("muscle breakdown that can harm the kidneys, or a bleed inside"),
        (s.MUSCLE_CASES, s.FDA_LABELS),
        Support.MODERATE,
        Row(
            "brown_pee",
            _("My pee is dark brown, like cola; my poop is black, like tar; I throw up blood; or I bleed a lot"),
            _("Not: dark yellow pee, usual period, black poop from iron or Pepto-Bismol."),
            group=ACCIDENT_FEVER_AND_PREGNANCY,
        ),
    ),
    # The guidance says "over 60". Someone who has just turned 60 counts.
    _red_flag(
        "E16",
        _("very bad pain came all at once from nothing, and you are 60 or older, stay dizzy or sweat"),
        _("a tear or leak in the body’s main artery, or a bleed"),
        (s.NICE_NG156, s.EMERGENCY_TEXTS),
        Support.MODERATE,
        also_when=(all_of(OUT_OF_NOWHERE, ("age.60_up", DRY, SOAKING_SWEATS)),),
    ),
    _red_flag(
        "E17",
        _("you have a sudden, worst-ever headache, or a bad headache and a neck too stiff to bend"),
        _("a bleed around the brain, or an infection of the brain’s lining"),
        (s.NICE_NG240, s.ASA),
        Support.STRONG,
        Row(
            "headache",
            _("Sudden, worst-ever headache; or a bad headache and I cannot bend my chin to my chest"),
            _("Not: only turning my head hurts."),
            group=HEAD_CHEST_AND_BELLY,
        ),
    ),
    # Only one in five had a fever when they were first seen.
    _red_flag(
        "E18",
        _("germs can reach your spine easily, and pain goes down a limb, you cannot walk, or you stay dizzy"),
        _("an infection that presses on the nerves of the spine, or is in the blood"),
        (s.SPINE_INFECTION_COHORT, s.FINUCANE),
        Support.MODERATE,
        also_when=(all_of(INFECTION_RISKS, (*LIMB, CANNOT_WALK, DRY)),),
    ),
    _red_flag(
        "E19",
        _("you have a fever or shaking chills and cannot take even a few steps"),
        _("an infection of the spine or a joint"),
        (s.PEDIATRICS, s.FINUCANE),
        Support.MODERATE,
        also_when=(all_of(FEVER, CANNOT_WALK),),
    ),
    _red_flag(
        "E20",
        _("you may bleed easily, and stay dizzy, cannot walk, or just had a needle or surgery in your spine"),
        _("a bleed near the spine or in the belly"),
        (s.BLEED_CASES,),
        Support.MODERATE,
        also_when=(all_of(BLEEDS_EASILY, (DRY, CANNOT_WALK, "health.spine_procedure")),),
    ),
    _red_flag(
        "E21",
        _("upper-belly pain goes to the back, and you throw up all you drink, stay dizzy, sweat or have diabetes"),
        _("an inflamed pancreas, an infection of the bile ducts, or a heart attack"),
        (s.NIDDK, s.AHA),
        Support.MODERATE,
        also_when=(all_of(UPPER_BELLY, (DRY, SOAKING_SWEATS, DIABETES)),),
    ),
    _red_flag(
        "E22",
        _("you are, may be or just were pregnant, with pain in the upper belly or right ribs"),
        _("a dangerous form of high blood pressure of pregnancy"),
        (s.ACOG, s.CDC_HEAR_HER),
        Support.STRONG,
        also_when=(all_of(PREGNANT_OR_JUST_AFTER, UPPER_BELLY),),
    ),
    _red_flag(
        "E23",
        _("your pregnancy ended in the last 6 weeks, and you have a fever or shaking chills"),
        _("an infection of the womb"),
        (s.CDC_HEAR_HER,),
        Support.STRONG,
        also_when=(all_of(AFTER_BIRTH, FEVER),),
    ),
    _red_flag(
        "E24",
        _("you have new trouble with erection or orgasm, with limb pain, an injury, cancer or a risk of infection"),
        _("squeezed nerves at the base of the spine"),
        (s.GIRFT, s.FINUCANE, s.NICE_NG234),
        Support.MODERATE,
        also_when=(all_of(SEX_TROUBLE, (*LIMB, CANNOT_WALK, INJURY, *CANCER, *INFECTION_RISKS)),),
    ),
    _red_flag(
        "E25",
        _(
            "you throw up all you drink or stay dizzy, with diabetes, cancer,"
            " sickle cell disease, steroids or too much medicine"
        ),
        _("acid in the blood, too little of the body’s own steroid, poisoning, or a crisis of the illness"),
        (s.NIDDK_ADRENAL, s.ADA, s.HEMATOLOGY, s.NICE_NG234, s.ACETAMINOPHEN_POISONING),
        Support.MODERATE,
        also_when=(all_of((STEROIDS, DIABETES, "health.cancer_recent", SICKLE_CELL, MEDICINE_TROUBLE), DRY),),
    ),
    _red_flag(
        "E26",
        _("you took metamizole (dipyrone), and have a fever, a sore throat or sores in your mouth"),
        _("a drop in the blood cells that fight germs"),
        (s.EMA_METAMIZOLE,),
        Support.STRONG,
        also_when=(all_of("signs.fever_and_one"), all_of("medicine.metamizole_sore")),
    ),
    _red_flag(
        "E27",
        _("you have or had cancer and cannot take even a few steps"),
        _("cancer that presses on the spinal cord"),
        (s.NICE_NG234,),
        Support.STRONG,
        also_when=(all_of(CANCER, CANNOT_WALK),),
    ),
    _red_flag(
        "E28",
        _("each breath stabs, and the pain came from nowhere, you stay dizzy, or a clot is more likely in you"),
        _("a blood clot in the lung, or another emergency in the chest"),
        (s.AHA, s.CDC_HEAR_HER, s.HEMATOLOGY),
        Support.MODERATE,
        also_when=(
            all_of(
                BREATH_STAB,
                (
                    *(OUT_OF_NOWHERE, DRY, LEG, BLEEDS_EASILY, SICKLE_CELL, "health.cancer_recent"),
                    *(*PREGNANT_OR_JUST_AFTER, *INFECTION_RISKS),
                ),
            ),
        ),
    ),
    # The guidance thinks of the artery in new pain of the belly or back "over 60", even when it looks like gallstones
    # or a kidney stone, the first one or not.
    _red_flag(
        "E29",
        _("you are 60 or older with upper-belly or kidney-stone pain, throw up all you drink, or stay dizzy"),
        _("a leak in the body’s main artery, or a heart attack"),
        (s.NICE_NG156, s.SURGICAL_TEXTS),
        Support.MODERATE,
        also_when=(all_of("age.60_up", (UPPER_BELLY, STONE_WAVES, DRY)),),
    ),
)
