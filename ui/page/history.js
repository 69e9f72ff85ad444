// The list of conversations: opening, renaming, exporting and deleting one's own.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, make } = coach;
  const FORMS = { md: "Markdown", json: "JSON", bibtex: "BibTeX", ris: "RIS" };
  const panel = () => find("#history");
  const problem = (text) => { find(".problem", panel()).textContent = text; };
  const path = (id) => `/v1/conversations/${encodeURIComponent(id)}`;
  const when = (at) => new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const button = (text, act, more = {}) => {
    const made = make("button", { type: "button", text, ...more });
    made.addEventListener("click", act);
    return made;
  };

  async function list() {
    try {
      const conversations = await coach.listed("/v1/conversations", "conversations");
      problem("");
      find(".list", panel()).replaceChildren(...conversations.map(entry));
      offerAll(conversations.length);
      if (!conversations.length) {
        find(".list", panel()).append(make("li", { class: "note", text: "None yet. Your first question begins one." }));
      }
    } catch (error) {
      problem(error.message);
    }
  }

  function entry(conversation) {
    const title = conversation.title || "A message that was not kept";
    const current = conversation.id === coach.conversation();
    const open = button("", () => choose(conversation.id), { class: "open", "aria-current": current && "true" });
    const turns = conversation.turns === 1 ? "1 question" : `${conversation.turns} questions`;
    open.append(make("span", { class: "title", text: title }), make("span", { class: "note", text: `${when(conversation.updated_at)} · ${turns}` }));
    const acts = make("div", { class: "row" });
    const rest = () => acts.replaceChildren(
      button("Rename", () => rename(conversation, title, acts, rest), { "aria-label": `Rename ${title}` }),
      button("Delete", () => remove(conversation, acts, rest), { "aria-label": `Delete ${title}`, class: "delete" }),
      exports(conversation, title),
    );
    rest();
    return make("li", {}, open, acts);
  }

  function exports(conversation, title) {
    const links = Object.entries(FORMS).map(([form, name]) =>
      make("a", { href: `${path(conversation.id)}/export?format=${form}`, download: "", text: name }));
    return make("details", {}, make("summary", { text: "Export", "aria-label": `Export ${title}` }), make("span", { class: "row" }, ...links));
  }

  function choose(id) {
    if (matchMedia("(max-width: 1119px)").matches) coach.closePanel("history");
    coach.reopen(id);
  }

  function rename(conversation, title, acts, rest) {
    const field = make("input", { type: "text", value: title, maxlength: "80", "aria-label": "New name" });
    const form = make("form", { class: "row" }, field, make("button", { type: "submit", text: "Save" }), button("Cancel", back));
    function back() {
      rest();
      acts.firstChild.focus();
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await coach.call(path(conversation.id), coach.sending({ title: field.value }, "PATCH"));
        await list();
        coach.say("Renamed.");
        find("h2", panel()).focus();
      } catch (error) {
        problem(error.message);
      }
    });
    acts.replaceChildren(form);
    field.select();
  }

  function remove(conversation, acts, rest) {
    const no = button("Keep it", () => { rest(); find(".delete", acts).focus(); });
    const yes = button("Yes, delete it", async () => {
      try {
        await coach.call(path(conversation.id), { method: "DELETE" });
        if (conversation.id === coach.conversation()) coach.restart();
        await list();
        coach.say("Deleted.");
        find("h2", panel()).focus();
      } catch (error) {
        problem(error.message);
      }
    });
    acts.replaceChildren(yes, no);
    no.focus();
  }

  /** All of them at once, asked twice. */
  function offerAll(number) {
    const place = find(".every", panel());
    const ask = button("Delete all", () => {
      const no = button("Keep them", () => { offerAll(number); find("button", place).focus(); });
      place.replaceChildren(make("p", { text: `Delete all ${number} conversations, with everything about them? They cannot be had back.` }), button("Yes, delete all", removeAll), no);
      no.focus();
    });
    place.replaceChildren(...(number > 1 ? [ask] : []));
  }

  async function removeAll() {
    try {
      await coach.call("/v1/conversations", { method: "DELETE" });
      coach.restart();
      await list();
      coach.say("All conversations are deleted.");
      find("h2", panel()).focus();
    } catch (error) {
      problem(error.message);
    }
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#open-history")) return;
    if (!panel().hidden) coach.closePanel("history");
    else {
      coach.openPanel("history", find("#history h2"));
      list();
    }
  });
  document.addEventListener("conversation", () => { if (panel() && !panel().hidden) list(); });
})();
