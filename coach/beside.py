"""What stands beside a name in a sentence, and how names are written: the patterns that `coach/people.py` looks with."""

from __future__ import annotations

import re

TOKEN = re.compile(r"[^\W\d_]+(?:['’.-](?=[^\W\d_])[^\W\d_]+)*")
ENDING = re.compile(r"['’](?:s|ll|d|re|ve|m|t)$", re.IGNORECASE)
STARTS = re.compile(r"(?:^|[.!?:;\n•*>“\"(-]\s*|[.!?]['’”\")]\s+)$")
ABBREVIATED = re.compile(r"(?:\b[A-Z]|\b(?:dr|mr|mrs|ms|prof|st|rev))\.\s*$", re.IGNORECASE)
INITIAL = re.compile(r"[A-Z]")
RELATION = (
    r"mentees?|mentors?|mentoree|protég[ée]s?|students?|colleagues?|boss|managers?|supervisors?|advis[eo]rs?|friends?|sisters?|brothers?|"
    r"daughters?|sons?|wife|husband|partner|cousins?|coach|interns?|apprentices?|trainees?|teammates?|peers?|starter|report|director|lead|"
    r"teacher|tutor|neighbou?r|girl|boy|guy|woman|man|lady|lad|employee"
)
CALLED = re.compile(
    rf"(?:\b(?:my|our|his|her|their|your|a|the|new|other|former|line|two|young|first|another) (?:{RELATION})(?:[’']s name is|,| is called| called| named|:)?"
    r"|\bname(?:[’']s| is| was|:)|\b(?:called|named|surnamed|nicknamed)|\b(?:call|calls) (?:him|her|them|me))\s+$",
    re.IGNORECASE,
)
RELATED = re.compile(
    r"\b(?:my|our|his|her|their|a|the) (?:sister|brother|father|doctor|professor|pastor)\s+$", re.IGNORECASE
)
TITLE = re.compile(
    r"\b(?:dr|prof|professor|doctor|mr|mrs|ms|miss|mx|sir|dame|madam|auntie|aunty|uncle|rev|reverend|sister|brother|father|pastor)\.?\s+$",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"\b(?:to|with|about|told|tell|ask|asked|met|meet|help|helped|support|mentor|mentored|mentoring|introduce|introduced|for|from|and|or|like|likes|by|"
    r"between|thank|thanks|hi|hello|dear|hey|i[’']?m|i am|it[’']s|this is|as|does|did|is|was|should|can|could|would|will|if|that|when|because|think|"
    r"feel|hope|afraid|sure|promised|give|gave|invite|invited|see|saw|know|want|let|make|send|sent|of|than|but|where|why|how)[\s,]+$",
    re.IGNORECASE,
)
ADDRESSED = re.compile(
    r"(?:\b(?:hi|hello|dear|hey|hiya|thanks|thank you|told|tell|asked|ask|met|introduced|mentored|promised),?|\b(?:it[’']s|this is|i[’']m|i am))\s+$",
    re.IGNORECASE,
)
TOLD = re.compile(r"\b(?:told|asked|met|promised|warned|invited)\s+$", re.IGNORECASE)
TOLD_WHAT = re.compile(r"\s+(?:that|he|she|they|to|about|if|how|why|not|when|what)\b", re.IGNORECASE)
DOES = (
    r"feels?|says?|said|wants?|thinks?|thought|keeps?|kept|told|tells?|asked|asks|needs?|needed|cried|cries|worries|worried|believes?|knows?|loses?|"
    r"lost|got|gets|gave|gives|lives|works|worked|mentors|teaches|taught|hates?|hated|loves?|loved|likes?|liked|prefers?|seems?|seemed|looks|doubts|"
    r"struggles?|struggled|complains?|complained|cancels|cancelled|cancelled|never|always|has|had|wrote|writes|asked|went|goes|came|comes|left|"
    r"quit|stopped|started|joined|moved|talks|talked|put|right|keeps|avoids|refuses|apologi[sz]es|wonders|hopes|hoped|plans|tries|tried|marks|"
    r"disagrees|agrees|agreed|replies|replied|called|calls|texted|emailed|messaged|admitted|confessed|mentioned|"
    r"is (?:my|not|too|so|very|always|never|a|an|the|in|on|at|shy|quiet|afraid|ready|\w+ing|\w+ed)|was (?:my|not|too|so|very|\w+ing|\w+ed)|"
    r"and i|and my|and her|and his|drinks|chases|may leave|may quit|finds|share|shares|both"
)
ACTS = re.compile(rf"(?:['’]s\b|,?\s+(?:{DOES})\b)", re.IGNORECASE)
ACTS_FIRMLY = re.compile(
    rf"\s+(?:(?!is (?:not|a|an|the|so|too|very|in|on|at)\b)(?:{DOES})|is my (?:{RELATION}))\b", re.IGNORECASE
)
PARTICLE = re.compile(
    r"(?:van|von|der|den|de|da|del|della|di|dos|la|le|bin|bint|ibn|al|el|ní|ní|ó|ua|mac|st|san|te|ten|ter|zu)",
    re.IGNORECASE,
)
CONCEPT = re.compile(
    r"['’]?s?\s+(?:models?|effects?|theor(?:y|ies)|methods?|framework|scale|hierarchy|test|award|approach|principle|scheme|programme|program|"
    r"fellowship|scholarship|awards|phenomenon|questionnaire|matrix|cycle)\b"
)
ARTICLE = re.compile(r"\b(?:the|a|an|this|every|each|some|no|any)\s+$", re.IGNORECASE)
NAME_CASE = re.compile(r"[^\W\d_][^\W\d_]*[a-zß-ÿ]", re.UNICODE)
