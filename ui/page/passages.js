// The passages of a source in the library: their words, the findings in them, and what a model wrote about them.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, all, make } = coach;
  const AT_ONCE = 10; // of a long source, so many at a time

  /** Put a source's passages into `body`, the `wanted` one first in sight; what comes before and after is offered. */
  async function show(source, body, wanted) {
    const made = new Map(source.enrichments.map((one) => [one.passage_id, one]));
    const begin = Math.max(0, source.passages.findIndex((one) => one.id === wanted));
    const held = async (from, to) => {
      const some = source.passages.slice(from, to).map((one) => coach.json(`/v1/passages/${encodeURIComponent(one.id)}`));
      return (await Promise.all(some)).map((passage) => section(passage, made.get(passage.id)));
    };
    const offer = (words, from, to) => {
      const more = make("button", { type: "button", class: "more", text: words });
      more.addEventListener("click", async () => {
        more.disabled = true;
        more.replaceWith(...(await between(from, to)));
      });
      return more;
    };
    /** So many from `from` on, with a button for the rest up to `to`. */
    async function between(from, to) {
      const end = Math.min(from + AT_ONCE, to);
      return [...(await held(from, end)), ...(end < to ? [offer(`Show more of ${to - end} further passages`, end, to)] : [])];
    }
    if (begin) body.append(offer(`Show ${coach.plural(begin, "earlier passage")}`, 0, begin));
    body.append(...(await between(begin, source.passages.length)));
    if (wanted) find(`[id="passage-${CSS.escape(wanted)}"]`, body)?.scrollIntoView({ block: "start" });
  }

  function section(passage, made) {
    const quote = make("blockquote", { class: "passage", text: passage.text });
    const place = passage.page ? `Passage ${passage.ordinal}, page ${passage.page}` : `Passage ${passage.ordinal}`;
    const repaired = passage.original_text === passage.text ? null : make("p", { class: "note", text: "Damaged text was repaired." });
    return make("section", { id: `passage-${passage.id}`, "aria-label": place },
      make("p", { class: "note", text: place }), quote, repaired, reviewed(passage, quote), written(passage, made, quote));
  }

  function reviewed(passage, quote) {
    const findings = passage.findings.map((finding) => chooser(passage, quote, finding.spans, finding.text, " ", coach.badge(finding.strength)));
    if (!findings.length) return null;
    return make("div", {}, make("p", { class: "label", text: "Findings in it (choose one to see its words)" }), make("ul", { class: "findings" }, ...findings));
  }

  /** What a model wrote: it leads a search here, and no answer tells it. */
  function written(passage, made, quote) {
    if (!made) return null;
    const findings = made.findings.map((finding) => {
      const start = [...passage.text.slice(0, passage.text.indexOf(finding.quote))].length;
      return chooser(passage, quote, [[start, start + [...finding.quote].length]], finding.text);
    });
    return make("div", { class: "made" },
      make("p", { class: "label", text: "Machine-made: reviewed by nobody" }),
      make("p", { class: "note", text: `${made.made_by} wrote this, and simple rules let it pass. It helps a search to find the passage; read the passage for what it says.` }),
      findings.length ? make("ul", { class: "findings" }, ...findings) : null,
      made.questions.length ? make("p", { class: "label", text: "Questions that lead here" }) : null,
      made.questions.length ? make("ul", { class: "questions" }, ...made.questions.map((text) => make("li", { text }))) : null);
  }

  /** A statement that marks the words that it stands on, and takes the mark away again. */
  function chooser(passage, quote, spans, ...words) {
    const button = make("button", { type: "button", "aria-pressed": "false" }, ...words);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") === "true";
      for (const other of all("[aria-pressed]", button.closest("section"))) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(!on));
      quote.replaceChildren(...(on ? [passage.text] : mark(passage.text, spans)));
    });
    return make("li", {}, button);
  }

  /** Spans count characters as the service does: whole ones, where this language counts halves of some. */
  function mark(text, spans) {
    const letters = [...text];
    const parts = [];
    let at = 0;
    for (const [start, end] of [...spans].sort((one, other) => one[0] - other[0])) {
      parts.push(letters.slice(at, start).join(""), make("mark", { text: letters.slice(start, end).join("") }));
      at = end;
    }
    return [...parts, letters.slice(at).join("")];
  }

  coach.showPassages = show;
})();
