// The session pack: a plan for the next meeting to edit, print and save. Its evidence can be left out, not reworded.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, all, make } = coach;
  let from = ""; // the conversation that the pack on show is made from

  const problem = (text) => { find("#pack .problem").textContent = text; };
  const paper = () => find("#pack .paper");

  async function open() {
    from = coach.conversation();
    coach.openDialog("pack");
    paper().replaceChildren();
    if (!from) {
      for (const button of all("#pack .print, #pack .save")) button.disabled = true;
      return problem("A session pack is made from a conversation. Ask a question first, or open a conversation.");
    }
    problem("Making the pack …");
    try {
      const pack = await coach.json(path());
      for (const button of all("#pack .print, #pack .save")) button.disabled = false;
      problem("");
      draw(pack);
    } catch (error) {
      problem(error.message);
    }
  }

  const path = () => `/v1/conversations/${encodeURIComponent(from)}/session-pack`;

  /** Text that can be written in, also on paper: a field grows with it. */
  function field(name, text, label, tag = "p") {
    return make(tag, { class: "field", contenteditable: "plaintext-only", role: "textbox", "aria-multiline": "true", "aria-label": label, "data-name": name, text });
  }

  function draw(pack) {
    const { plan } = pack;
    const suggested = () => make("span", { class: "label", text: pack.label });
    paper().replaceChildren(
      make("h3", {}, field("title", plan.title, "Title", "span")),
      part("Goal", null, field("goal", plan.goal, "Goal")),
      part("Opening", suggested(), field("opening", plan.opening, "Opening")),
      part("Questions to ask", suggested(), lines("questions", plan.questions, "Question")),
      part("Evidence", null, evidence(pack)),
      part("Actions", null, lines("actions", plan.actions, "Action")),
      part("Follow-up", null, field("follow_up", plan.follow_up, "Follow-up")),
      pack.unanswered.length ? part("Not answered by this library", null, make("ul", {}, ...pack.unanswered.map((text) => make("li", { text })))) : "",
    );
  }

  const part = (name, label, ...body) => make("section", { "aria-label": name }, make("h4", { text: name }), label, ...body);

  function lines(name, texts, label) {
    const list = make("ul", { class: name });
    const add = (text) => {
      const drop = make("button", { type: "button", class: "drop", "aria-label": `Take out this ${label.toLowerCase()}`, text: "×" });
      const item = make("li", {}, field(name, text, label, "span"), drop);
      drop.addEventListener("click", () => {
        const near = item.nextElementSibling || item.previousElementSibling;
        item.remove();
        (near ? find(".field", near) : more).focus();
      });
      list.append(item);
      return item;
    };
    texts.forEach(add);
    const more = make("button", { type: "button", class: "more", text: `Add a ${label.toLowerCase()}`.replace("a action", "an action") });
    more.addEventListener("click", () => find(".field", add("")).focus());
    return make("div", {}, list, more);
  }

  function evidence(pack) {
    if (!pack.evidence.length) return make("p", { class: "note", text: "This conversation has no evidence to take along." });
    const items = pack.evidence.map((item) => {
      const box = make("input", { type: "checkbox", value: item.key, checked: item.chosen });
      const marks = item.quotes.map((quote) => `[${quote.number}]`).join("");
      const said = make("span", {}, item.exact ? `“${item.text}”` : item.text, ` ${marks} `, badge(item.strength));
      const about = [item.studied && `Studied: ${item.studied}.`, ...item.caveats].filter(Boolean).join(" ");
      const quotes = item.quotes.map((quote) =>
        make("li", {}, `[${quote.number}] `, item.exact ? null : make("q", { text: quote.quote }), ` ${quote.reference}`));
      return make("li", {}, make("label", {}, box, said),
        about ? make("p", { class: "note", text: about }) : null, make("ul", { class: "quotes" }, ...quotes));
    });
    const list = make("ul", { class: "evidence" }, ...items);
    const settle = () => {
      const told = new Set(); // what is known of a study is said once, beside the first of what it says
      for (const item of list.children) {
        const left = !find("input", item).checked;
        const about = find(":scope > .note", item)?.textContent;
        item.classList.toggle("left", left);
        item.classList.toggle("again", told.has(about));
        if (!left) told.add(about);
      }
    };
    settle();
    list.addEventListener("change", settle);
    return make("div", {}, make("p", { class: "note screen", text: "From this conversation alone. Untick what you leave at home; the words stay as they are." }), list);
  }

  const badge = (strength) => coach.badge(strength);

  async function save() {
    const text = (name) => find(`[data-name=${name}]`, paper()).textContent;
    const texts = (name) => all(`[data-name=${name}]`, paper()).map((one) => one.textContent).filter((one) => one.trim());
    const plan = { title: text("title"), goal: text("goal"), opening: text("opening"), questions: texts("questions"), actions: texts("actions"), follow_up: text("follow_up") };
    const kept = all(".evidence input:checked", paper()).map((box) => box.value);
    try {
      const response = await coach.call(path(), coach.sending({ plan, evidence: kept }));
      const address = URL.createObjectURL(await response.blob());
      make("a", { href: address, download: "session-pack.md" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      problem("");
      coach.say("The session pack is saved.");
    } catch (error) {
      problem(error.message);
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("#open-pack, #pack .print, #pack .save");
    if (!target) return;
    if (target.id === "open-pack") open();
    else if (target.matches(".print")) print();
    else save();
  });
})();
