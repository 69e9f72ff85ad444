// On paper, a conversation is followed by the quotes that it cites.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, make } = coach;

  function sources() {
    const cards = [...coach.sources.cards().values()];
    return coach.turns().flatMap((turn) => {
      const cited = cards.filter((card) => turn.turn && card.id.startsWith(`src-${turn.turn}-`));
      return cited.length ? [make("h3", { text: turn.text }), make("ul", {}, ...cited.map(row))] : [];
    });
  }

  const row = (card) => make("li", {}, `${find(".number", card).textContent} `, make("q", { text: find("mark", card).textContent }),
    ` ${find(".reference", card).textContent}`);

  const clear = () => find("#paper")?.remove();
  addEventListener("beforeprint", () => {
    clear();
    const rows = sources();
    if (rows.length) document.body.append(make("section", { id: "paper" }, make("h2", { text: "Sources" }), ...rows));
  });
  addEventListener("afterprint", clear);
})();
