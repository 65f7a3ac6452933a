"""Where the rules, the medicine lines and the guide come from.

`year` is empty where the source is a living page or a body of practice without one year. None of this is a sign-off.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    title: str
    publisher: str
    year: str = ""

    @property
    def short(self) -> str:
        """As the decision table names it: "NICE 2016"."""
        return f"{self.publisher} {self.year}".strip()


ARTICLE = Source("When Should I Be Worried About My Back Spasms?", "New York Bone & Joint Specialists")

# Guidance behind the signs and levels.
ACC_AHA = Source(
    "Guideline for the Diagnosis and Management of Aortic Disease",
    "American College of Cardiology and American Heart Association",
    "2022",
)
ACETAMINOPHEN_POISONING = Source(
    "Management of Acetaminophen Poisoning in the US and Canada", "Dart, JAMA Network Open", "2023"
)
ACOG = Source("Patient guidance on pregnancy and back pain", "American College of Obstetricians and Gynecologists")
ACOG_TRAUMA = Source("Guidance on injury in pregnancy", "American College of Obstetricians and Gynecologists")
ACR = Source("ACR Appropriateness Criteria: Low Back Pain", "American College of Radiology", "2021")
ADA = Source("Warning signs of diabetic ketoacidosis", "American Diabetes Association")
AFP = Source("Diagnosis and Treatment of Acute Low Back Pain", "American Family Physician", "2012")
AHA = Source(
    "Warning signs of a heart attack, a clot in the lung and very high blood pressure", "American Heart Association"
)
ASA = Source("Stroke warning signs", "American Stroke Association")
BLEED_CASES = Source("Bleeding near the spine in people who take blood thinners", "Case series", "2015–2024")
CANADIAN_C_SPINE = Source(
    "The Canadian C-Spine Rule versus the NEXUS Low-Risk Criteria in Patients with Trauma",
    "Stiell, The New England Journal of Medicine",
    "2003",
)
CDC = Source("Shingles", "Centers for Disease Control and Prevention")
CDC_INFECTIONS = Source(
    "Sexually Transmitted Infections Treatment Guidelines", "Centers for Disease Control and Prevention", "2021"
)
CDC_HEAR_HER = Source("Hear Her: urgent maternal warning signs", "Centers for Disease Control and Prevention")
DOWNIE = Source("Red flags for cancer and fracture in low back pain", "Downie, The BMJ", "2013")
EMA_METAMIZOLE = Source(
    "EMA recommends measures to minimise serious outcomes of known side effect with painkiller metamizole",
    "European Medicines Agency",
    "2024",
)
EMERGENCY_TEXTS = Source("Back pain that cannot wait", "Emergency medicine textbooks")
FINUCANE = Source("Framework for red flags of serious spinal disease", "Finucane", "2020")
GIRFT = Source("Pathway for suspected cauda equina syndrome", "Getting It Right First Time (GIRFT)", "2023")
HEMATOLOGY = Source("Pain in sickle cell disease", "Hematology guidance")
IDSA = Source("Infection of the vertebrae", "Infectious Diseases Society of America", "2015")
JFP_PEDIATRIC = Source("Low back pain in youth: Recognizing red flags", "The Journal of Family Practice", "2020")
MAYO = Source("Back pain: when to see a doctor", "Mayo Clinic")
MAYO_EXERCISES = Source("Back exercises in 15 minutes a day", "Mayo Clinic")
MUSCLE_CASES = Source("Muscle breakdown of the back after extreme exercise", "Case series")
MYELOPATHY = Source("Degenerative cervical myelopathy", "Davies, The BMJ", "2018")
NHS_BACK_PAIN = Source("Back pain", "NHS")
NHS_HEART = Source("Heart attack", "NHS")
NICE_NG156 = Source(
    "Abdominal aortic aneurysm: diagnosis and management (NG156)",
    "National Institute for Health and Care Excellence",
    "2020",
)
NICE_NG234 = Source(
    "Spinal metastases and metastatic spinal cord compression (NG234)",
    "National Institute for Health and Care Excellence",
    "2023",
)
NICE_NG240 = Source(
    "Meningitis (bacterial) and meningococcal disease (NG240)",
    "National Institute for Health and Care Excellence",
    "2024",
)
NICE_NG59 = Source(
    "Low back pain and sciatica in over 16s: assessment and management (NG59)",
    "National Institute for Health and Care Excellence",
    "2016",
)
NICE_NG65 = Source("Spondyloarthritis in over 16s (NG65)", "National Institute for Health and Care Excellence", "2017")
NIDDK = Source("Kidney infection and gallstones", "National Institute of Diabetes and Digestive and Kidney Diseases")
NIDDK_ADRENAL = Source(
    "Adrenal insufficiency and adrenal crisis",
    "National Institute of Diabetes and Digestive and Kidney Diseases",
)
PEDIATRICS = Source("Back pain in young children", "Pediatric guidance")
SPINE_INFECTION_COHORT = Source(
    "Infections of the spine in emergency departments: a cohort of patients",
    "The American Journal of Emergency Medicine",
    "2019–2020",
)
SURGICAL_TEXTS = Source("Aneurysm of the aorta and other emergencies of the belly", "Surgical textbooks")
VERHAGEN = Source("Red flags in current guidelines on low back pain", "Verhagen", "2016")
YUSUF = Source("Red flags for early detection of infection of the spine", "Yusuf", "2019")

# Guidance behind home care and medicines.
CASHIN = Source(
    "Analgesic effects of non-surgical and non-interventional treatments for low back pain (301 trials)",
    "Cashin, BMJ Evidence-Based Medicine",
    "2025",
)
ACP = Source(
    "Noninvasive Treatments for Acute, Subacute, and Chronic Low Back Pain",
    "American College of Physicians",
    "2017",
)
BARIATRIC = Source(
    "Clinical Practice Guidelines: Bariatric Procedures",
    "American Society for Metabolic and Bariatric Surgery",
    "2019",
)
BED_REST = Source(
    "Advice to rest in bed versus advice to stay active for acute low-back pain and sciatica", "Cochrane", "2010"
)
FDA_ACETAMINOPHEN = Source(
    "Start of a label change on acetaminophen in pregnancy (September 22; obstetricians disagreed)",
    "U.S. Food and Drug Administration",
    "2025",
)
FDA_HIDDEN = Source(
    "Public Notification: Artri King contains hidden drug ingredients", "U.S. Food and Drug Administration", "2022"
)
FDA_BURNS = Source(
    "Rare cases of serious burns with over-the-counter topical muscle and joint pain relievers",
    "U.S. Food and Drug Administration",
    "2012",
)
FDA_LABELS = Source("Drug Facts labels of pain medicines", "U.S. Food and Drug Administration")
BACLOFEN_LABEL = Source("Labels of baclofen: do not stop all at once", "U.S. Food and Drug Administration")
FDA_OPIOIDS = Source(
    "Harm from sudden discontinuation of opioid pain medicines", "U.S. Food and Drug Administration", "2019"
)
FDA_PREGNANCY = Source(
    "Notice on NSAIDs at 20 weeks of pregnancy or later", "U.S. Food and Drug Administration", "2020"
)
FELDMAN_NAHIN = Source("Disability Among Persons With Chronic Severe Back Pain", "The Journal of Pain", "2022")
FDA_DRIVING = Source("Some Medicines and Driving Don’t Mix", "U.S. Food and Drug Administration")
HEAT_OR_COLD = Source("Superficial heat or cold for low back pain", "Cochrane", "2006")
LACTMED = Source("Drugs and Lactation Database (LactMed)", "National Library of Medicine")
MUSCLE_RELAXERS = Source(
    "Efficacy, acceptability, and safety of muscle relaxants for adults with non-specific low back pain",
    "The BMJ",
    "2021",
)
PACE = Source("Efficacy of paracetamol for acute low-back pain", "The Lancet", "2014")

# Guidance behind the questions people ask.
ACUTE_PAIN = Source("Low back pain - acute", "MedlinePlus, National Library of Medicine")
BACK_TO_SPORT = Source("Returning to sports after a back injury", "MedlinePlus, National Library of Medicine")
MATTRESS = Source("Effect of firmness of mattress on chronic non-specific low-back pain", "The Lancet", "2003")
