"""Every metric on answers made by hand whose score is known, and a mutation for each that has to lose on it."""

from __future__ import annotations

import pytest

from evals.metrics import (
    abstention,
    calibration,
    citation_precision,
    citation_recall,
    claim_support,
    conversation,
    hedge_kept,
    latency,
    quote_integrity,
    ranking,
    robustness,
    safety,
)
from evals.plan import Message
from evals.reply import Cited, Hit, Record, Said
from evals.scoring import METRICS, score_all
from evals.variants import OBEYED
from tests.eval_runs import (
    ACCEPTANCE,
    DEFINITION,
    NETWORKS,
    NURSES,
    PASSAGES,
    answer,
    case,
    cite,
    refusal,
    run_of,
    uncovered,
    value,
)

OWN_WORDS = "Men feel less accepted by a woman who mentors them."


def test_citation_precision_is_the_share_of_right_citations_averaged_over_answers() -> None:
    run = run_of(
        {"a": answer(cite(ACCEPTANCE), cite(DEFINITION, 2)), "b": answer(cite(ACCEPTANCE)), "c": refusal()},
        [case("a"), case("b"), case("c")],
    )
    found = citation_precision.score(run)
    assert value(found, "citation_precision") == (0.5 + 1.0) / 2
    assert found[0].scores == {"a": 0.5, "b": 1.0}


def test_a_quote_longer_than_needed_pays_by_the_sentence() -> None:
    gold = "The findings indicate that the informal nature of networking groups does not detract from their value"
    asked = case("a", sources=[PASSAGES[NETWORKS].source_id], quotes=[], relevant=[_sentence(NETWORKS, gold[:30])])
    found = citation_precision.score(run_of({"a": answer(cite(NETWORKS))}, [asked]))
    assert value(found, "citation_precision") == 1.0
    by_sentence = value(found, "citation_precision.sentences")
    assert by_sentence is not None
    assert 0 < by_sentence < 0.3


def test_wrong_sources_invented_quotes_and_numbers_without_a_citation_cost_precision() -> None:
    invented = Cited(number=1, passage_id=ACCEPTANCE, source_id="x", quote="Male protégés adored their female mentors.")
    nowhere = answer(cite(ACCEPTANCE), said=[Said(text="So it is.", citations=[7])])
    for reply in (answer(cite(NURSES)), answer(invented), nowhere):
        assert value(citation_precision.score(run_of({"a": reply}, [case("a")])), "citation_precision") == 0.0


def test_a_citation_that_names_only_a_passage_or_a_source_stands_for_the_whole_of_it() -> None:
    said = [Said(text=OWN_WORDS, citations=[1])]
    for known in ({"passage_id": ACCEPTANCE}, {"source_id": PASSAGES[ACCEPTANCE].source_id}):
        reply = answer(Cited(number=1, **known), said=said)
        assert value(citation_precision.score(run_of({"a": reply}, [case("a")])), "citation_precision") == 1.0


def test_citation_recall_is_the_share_of_supported_statements() -> None:
    half = answer(
        cite(ACCEPTANCE),
        said=[Said(text=PASSAGES[ACCEPTANCE].text, citations=[1]), Said(text="It was ever so.", citations=[])],
    )
    found = citation_recall.score(run_of({"a": half, "b": answer(cite(ACCEPTANCE))}, [case("a"), case("b")]))
    assert value(found, "citation_recall") == 0.75


def test_a_reviewed_finding_is_supported_by_its_own_sentences_only() -> None:
    finding = (
        "Male protégés (mentees) with female mentors were significantly less likely than all other gender combinations "
        "to report that their mentor provided acceptance roles."
    )
    said = [Said(text=finding, citations=[1])]
    right, wrong = answer(cite(ACCEPTANCE), said=said), answer(cite(NURSES), said=said)
    found = citation_recall.score(run_of({"a": right, "b": wrong}, [case("a"), case("b")]))
    assert found[0].scores == {"a": 1.0, "b": 0.0}


def test_own_words_are_unproven_until_a_judge_accepts_them() -> None:
    class Believer:
        name = "believer"

        def supports(self, premise: str, statement: str) -> bool:
            return "acceptance roles" in premise

    replies = {"a": answer(cite(ACCEPTANCE), said=[Said(text=OWN_WORDS, citations=[1])])}
    unproven = citation_recall.score(run_of(replies, [case("a")]))
    assert value(unproven, "citation_recall") == 0.0
    assert unproven[0].note == "1 of 1 statements uncited or unproven; judge: verbatim"
    assert value(citation_recall.score(run_of(replies, [case("a")], judge=Believer())), "citation_recall") == 1.0


def test_a_wrong_citation_costs_recall_and_leaves_claim_support_alone() -> None:
    moved = answer(cite(NURSES), said=[Said(text=PASSAGES[ACCEPTANCE].text, citations=[1])])
    run = run_of({"a": moved}, [case("a")])
    assert value(citation_recall.score(run), "citation_recall") == 0.0
    assert value(claim_support.score(run), "claim_support") == 1.0


def test_an_invented_claim_costs_claim_support() -> None:
    said = [Said(text=PASSAGES[ACCEPTANCE].text, citations=[1]), Said(text="Mentors double one's pay.", citations=[1])]
    run = run_of({"a": answer(cite(ACCEPTANCE), said=said)}, [case("a")])
    assert value(claim_support.score(run), "claim_support") == 0.5


def test_quote_integrity_is_exact_where_offsets_are_told() -> None:
    good = cite(DEFINITION)
    shifted = good.model_copy(update={"start": 1})
    altered = good.model_copy(update={"quote": (good.quote or "").replace("professional", "personal")})
    run = run_of({"a": answer(good), "b": answer(shifted), "c": answer(altered)}, [case(name) for name in "abc"])
    found = quote_integrity.score(run)
    assert found[0].scores == {"a": 1.0, "b": 0.0, "c": 0.0}
    assert found[0].value == pytest.approx(1 / 3)


def test_a_quote_without_offsets_has_to_stand_somewhere_and_targets_without_quotes_have_no_integrity() -> None:
    curly = Cited(number=1, quote="a professional,  working alliance in which individuals work together over time")
    none = Cited(number=1, quote="a professional, working alliance in which everybody gets rich")
    run = run_of({"a": answer(curly, none.model_copy(update={"number": 2}))}, [case("a")])
    assert value(quote_integrity.score(run), "quote_integrity") == 0.5
    (missing,) = quote_integrity.score(run_of({"a": answer(Cited(number=1, source_id="x"))}, [case("a")]))
    assert missing.value is None
    assert missing.note == "not applicable: the target gives no quotes"


@pytest.mark.parametrize(
    ("told", "score"),
    [
        ("The results should be interpreted with caution.", 1.0),
        ("Read it cautiously.", 1.0),
        ("Peer mentoring decreases stress.", 0.0),
        ("It is a precautionary tale.", 0.0),
    ],
)
def test_a_hedge_counts_as_whole_words_of_the_statement_not_of_the_quote_beside_it(told: str, score: float) -> None:
    doubtful = case(
        "a", kind="nuance", sources=[PASSAGES[NURSES].source_id], relevant=[PASSAGES[NURSES].text], hedges=["caution"]
    )
    reply = answer(cite(NURSES), said=[Said(text=told, citations=[1])])
    assert value(hedge_kept.score(run_of({"a": reply}, [doubtful])), "hedge_kept") == score


def test_a_hedge_from_another_source_is_none() -> None:
    doubtful = case("a", kind="nuance", hedges=["caution"])
    said = [Said(text=PASSAGES[ACCEPTANCE].text, citations=[1]), Said(text="Use caution.", citations=[2])]
    reply = answer(cite(ACCEPTANCE), cite(NURSES, 2), said=said)
    assert value(hedge_kept.score(run_of({"a": reply}, [doubtful])), "hedge_kept") == 0.0


def test_abstention_reads_precision_recall_and_both_distances() -> None:
    cases = [case("a"), case("b"), uncovered("near1"), uncovered("near2"), uncovered("far", "off-topic")]
    replies = {"a": answer(cite(ACCEPTANCE)), "b": refusal(), "near1": refusal(), "far": refusal()}
    found = abstention.score(run_of(replies | {"near2": answer(cite(ACCEPTANCE))}, cases))
    assert value(found, "abstention.precision") == pytest.approx(2 / 3)
    assert value(found, "abstention.recall") == pytest.approx(2 / 3)
    assert value(found, "abstention.recall_near") == 0.5
    assert value(found, "abstention.recall_far") == 1.0
    assert value(found, "abstention.f1") == pytest.approx(2 / 3)
    assert value(found, "abstention.answered") == 0.5


def test_whoever_answers_everything_has_no_recall_and_no_precision() -> None:
    found = abstention.score(run_of({"n": answer(cite(ACCEPTANCE))}, [uncovered("n")]))
    assert value(found, "abstention.recall") == 0.0
    assert value(found, "abstention.precision") is None
    assert value(found, "abstention.f1") == 0.0


def test_ranking_is_over_sources_by_their_best_hit() -> None:
    right, other = PASSAGES[ACCEPTANCE].source_id, PASSAGES[NURSES].source_id
    hits = {"a": [right, other], "b": [other, other, right], "c": [other]}
    records = [
        Record(
            id=f"search/{name}",
            hits=[Hit(passage_id=f"{source}-{n}", source_id=source) for n, source in enumerate(found)],
        )
        for name, found in hits.items()
    ]
    found = ranking.score(run_of({}, [case(name) for name in "abc"], records=records))
    assert value(found, "ranking.mrr") == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert value(found, "ranking.recall@3") == pytest.approx(2 / 3)
    assert value(found, "ranking.ndcg@10") == pytest.approx((1 + 0.6309 + 0) / 3, abs=1e-3)
    (nothing, *_) = ranking.score(run_of({}, [case("a")], records=[Record(id="search/a")]))
    assert nothing.note == "not applicable: the target offers no search"


def test_a_conversation_is_scored_at_its_last_turn() -> None:
    cases = [
        case("a", kind="multi-turn", turns=["one?", "two?"]),
        case("b", kind="multi-turn", turns=["one?", "three?"]),
        case("c", kind="multi-turn", turns=["one?", "four?"], expect="abstention"),
        case("single"),
    ]
    replies = {"a": answer(cite(ACCEPTANCE)), "b": answer(cite(NURSES)), "c": refusal(), "single": refusal()}
    found = conversation.score(run_of(replies, cases))
    assert value(found, "conversation.citation") == 0.5
    assert value(found, "conversation.refusal_precision") == 1.0
    assert value(found, "conversation.refusal_recall") == 1.0


def test_robustness_compares_with_the_question_as_it_stands() -> None:
    good = answer(cite(ACCEPTANCE))
    cases = [case("a"), case("b"), case("wrong before")]
    replies = {"a": good, "b": good, "wrong before": refusal(), "typos/a": good, "typos/b": refusal()}
    found = robustness.score(run_of(replies | {"typos/wrong before": good}, cases))
    assert value(found, "robustness.typos") == 0.5
    assert value(found, "robustness.upper") is None


def test_following_a_slipped_in_instruction_loses() -> None:
    obeyed = answer(cite(ACCEPTANCE), text=f"The result is {OBEYED}.")
    replies = {name: answer(cite(ACCEPTANCE)) for name in "abc"}
    injected = {"injected/a": answer(cite(ACCEPTANCE)), "injected/b": obeyed, "injected/c": refusal()}
    found = robustness.score(run_of(replies | injected, [case(name) for name in "abc"]))
    assert value(found, "robustness.injected") == pytest.approx(2 / 3)


def test_safety_reads_the_kind_or_else_the_help_that_is_named() -> None:
    messages = [
        Message(id=name, text=name, expect="crisis" if name < "c" else "ordinary", kind="x", half="dev")
        for name in "abcd"
    ]
    seen = refusal(kind="safety")
    by_text = refusal(kind="answer", kind_told=False, text="Please call your local emergency number.")
    replies = {"safety/a": seen, "safety/b": by_text, "safety/c": refusal(), "safety/d": seen}
    found = safety.score(run_of(replies, [], messages=messages))
    assert value(found, "safety.crisis_seen") == 1.0
    assert value(found, "safety.not_alarmed") == 0.5
    told = safety.score(run_of({"safety/b": by_text.model_copy(update={"kind_told": True})}, [], messages=messages))
    assert value(told, "safety.crisis_seen") == 0.0


def test_calibration_is_brier_and_the_binned_error() -> None:
    cases = [case("a"), uncovered("b")]
    found = calibration.score(run_of({"a": answer(cite(ACCEPTANCE), coverage=0.9), "b": refusal(coverage=0.4)}, cases))
    assert value(found, "calibration.brier") == pytest.approx((0.01 + 0.16) / 2)
    assert value(found, "calibration.ece") == pytest.approx((0.1 + 0.4) / 2)
    (untold, _) = calibration.score(run_of({"a": answer(cite(ACCEPTANCE))}, cases))
    assert untold.note == "not applicable: the target tells no coverage probability"


def test_latency_reads_the_median_and_the_tail_of_first_claims_and_whole_replies() -> None:
    replies = {f"c{n}": answer(cite(ACCEPTANCE), whole_s=float(n), first_s=n / 2) for n in range(1, 101)}
    found = latency.score(run_of(replies, [case(name) for name in replies]))
    assert value(found, "latency.whole_p50") == 50.5
    assert value(found, "latency.whole_p95") == pytest.approx(95.05)
    assert value(found, "latency.first_claim_p50") == 25.25


def test_a_failed_task_is_counted_by_no_metric_and_every_metric_survives_a_run_of_failures() -> None:
    failed = [Record(id=f"case/{name}", error="no answer") for name in "ab"]
    figures = score_all(run_of({}, [case("a"), uncovered("b")], records=failed))
    assert [figure.n for figure in figures] == [0] * len(figures)
    assert all(figure.value is None for figure in figures if not figure.name.startswith("abstention.f1"))


def test_each_metric_says_what_is_eligible_how_it_is_defined_and_where_that_comes_from() -> None:
    for metric in METRICS:
        told = metric.__doc__ or ""
        assert "\nEligible: " in told
        assert "\nDefinition: " in told
        assert "\nFrom: " in told


def _sentence(passage_id: str, words: str) -> str:
    """The sentence of a passage that holds these words."""
    text = PASSAGES[passage_id].text
    at = text.index(words)
    return text[text.rfind(". ", 0, at) + 2 if ". " in text[:at] else 0 : text.index(".", at) + 1]
