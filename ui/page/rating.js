// What the reader says of an answer and of its sentences: one of three ratings each, sent without a word.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, all } = coach;
  const WORDS = { "helpful": "Helpful", "wrong-evidence": "Wrong evidence", "not-covered": "Not what I asked" };
  const given = new Map(); // "<turn>" or "<turn>:<claim>" → rating
  let rated = null; // the button whose menu is open

  /** The turn and the claim that an element's id names; a turn's id may hold hyphens. */
  function about(element) {
    const [, turn, claim] = element.id.match(/^claim-(.+)-(\d+)$/) || [null, element.id.replace(/^rate-/, ""), null];
    return { turn, claim: claim && Number(claim) };
  }
  const key = ({ turn, claim }) => (claim ? `${turn}:${claim}` : turn);

  async function give(which, rating) {
    const before = given.get(key(which));
    const taken = before === rating;
    if (taken) given.delete(key(which));
    else given.set(key(which), rating);
    mark();
    try {
      const body = { turn_id: which.turn, rating: taken ? null : rating };
      if (which.claim) body.claim = which.claim;
      await coach.call("/v1/feedback", coach.sending(body));
      coach.say(taken ? "Your rating was taken back." : `Noted: ${WORDS[rating]}. Thank you.`);
    } catch (error) {
      if (before) given.set(key(which), before);
      else given.delete(key(which));
      mark();
      coach.say(`Your rating was not stored. ${error.message}`);
    }
  }

  /** Show what was given, and name what Gradio's sanitizer has left without a name. It sets only what differs, since it
   * is called after every change of the page. */
  function mark() {
    for (const group of all("#conversation .rating")) {
      if (!group.hasAttribute("aria-label")) group.setAttribute("aria-label", "Rate this answer");
      press(group, given.get(key(about(group))));
    }
    for (const button of all("#conversation .rate")) {
      const rating = given.get(key(about(button)));
      const text = rating ? WORDS[rating] : "⋯";
      if (button.textContent === text && button.hasAttribute("aria-label")) continue;
      button.textContent = text;
      button.classList.toggle("given", Boolean(rating));
      const place = about(button).claim;
      button.setAttribute("aria-label", rating ? `Sentence ${place}: ${WORDS[rating]}. Rate it anew` : `Rate sentence ${place}`);
    }
  }

  function press(group, rating) {
    for (const button of all(".give", group)) {
      const pressed = String(button.value === rating);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
  }

  document.addEventListener("click", (event) => {
    const rate = event.target.closest?.("#conversation .rate");
    if (rate) {
      const menu = find("#rate-menu");
      rated = rate;
      press(menu, given.get(key(about(rate))));
      menu.showPopover();
      const at = rate.getBoundingClientRect();
      const size = menu.getBoundingClientRect();
      menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
      menu.style.top = `${Math.min(at.bottom + 6, innerHeight - size.height - 8)}px`;
      find(".give", menu).focus();
      return;
    }
    const button = event.target.closest?.("#conversation .give, #rate-menu .give");
    if (!button) return;
    const menu = button.closest("#rate-menu");
    give(about(menu ? rated : button.closest(".rating")), button.value);
    if (menu) {
      menu.hidePopover();
      rated.focus();
    }
  });

  coach.ratings = {
    mark,
    clear: () => given.clear(),
    set(ratings) {
      given.clear();
      for (const one of ratings) given.set(key(one), one.rating);
    },
  };
})();
