// The library: its sources to browse, search and filter, one of them to read, and what it cannot answer.
(() => {
  "use strict";

  const coach = window.mentorCoach;
  const { find, all, make } = coach;
  const PAUSE_MS = 250;
  const FLAGS = {
    "instructions": "This document holds sentences that give orders to a machine. They are treated as text and are not quoted.",
    "hidden-text": "This document holds text that a reader does not see. It was left out.",
  };
  let sources = [];
  let asked = 0; // counts searches, so that a late answer to an earlier one is let go
  let waiting = 0;
  let back = null; // what opened the source on show

  const dialog = () => find("#library");
  const form = () => find("#browse form");
  const count = (text) => { find("#browse .count").textContent = text; };
  const words = (kind) => kind.replaceAll("-", " ").replace("meta analysis", "meta-analysis").replace(/^unknown$/, "kind of study unknown");
  const plural = (number, name) => `${number} ${name}${number === 1 ? "" : "s"}`;
  const short = (text, most) => (text.length > most ? `${text.slice(0, most).replace(/\s+\S*$/, "")} …` : text);

  /** The label of a strength, as the service's `markup.strength` makes it. */
  function badge(kind) {
    const dots = { "experiment": 3, "meta-analysis": 3, "systematic-review": 3, "observational": 2, "evaluation": 2, "narrative-review": 1, "consensus": 1, "theory": 0, "commentary": 0, "quotation": 0 }[kind];
    return make("span", { class: `strength ${dots === undefined ? "unknown" : `dots-${dots}`}`, text: words(kind) });
  }

  function open() {
    coach.openDialog("library");
    choose("browse");
  }

  /** All sources as they are now: own ones come and go. */
  async function browse() {
    leave();
    count("Opening the library …");
    try {
      sources = await coach.listed("/v1/sources", "sources");
      const kinds = [...new Set(sources.map((source) => source.study_kind))].sort();
      const choice = find("[name=kind]", form());
      const chosen = choice.value;
      choice.replaceChildren(make("option", { value: "", text: "All" }), ...kinds.map((kind) => make("option", { value: kind, text: words(kind) })));
      choice.value = kinds.includes(chosen) ? chosen : "";
      list();
    } catch (error) {
      count(error.message);
    }
  }

  // Browsing

  function filtered() {
    const { kind, population, from, to } = Object.fromEntries(new FormData(form()));
    return sources.filter((source) =>
      (!kind || source.study_kind === kind) &&
      (!population || (source.population || "").toLowerCase().includes(population.trim().toLowerCase())) &&
      (!from || (source.year && source.year >= Number(from))) &&
      (!to || (source.year && source.year <= Number(to))));
  }

  function list() {
    const query = find("[name=words]", form()).value.trim();
    const held = filtered();
    const telling = query.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (source) => [source.title, ...source.authors, source.venue, source.year, source.population].join(" ").toLowerCase();
    const found = held.filter((source) => telling.every((word) => text(source).includes(word)));
    find("#browse .sources").replaceChildren(...found.map(entry));
    const all = sources.length === 1 ? "the one source" : `${sources.length} sources`;
    if (!sources.length) count("The library is empty. Add research to begin.");
    else if (found.length === sources.length) count(`${plural(sources.length, "source")}, by title`);
    else count(`${found.length} of ${all}${query ? ` name “${short(query, 60)}”` : ""}`);
    near(query, new Set(held.map((source) => source.id)));
  }

  function entry(source) {
    const button = make("button", { type: "button", class: "open" },
      make("span", { class: "title", text: source.title }),
      make("span", { class: "note", text: [names(source.authors), source.year, source.venue].filter(Boolean).join(" · ") || "Who wrote it is not verified" }),
    );
    button.addEventListener("click", () => show(source.id, button));
    const about = make("p", { class: "about" }, badge(source.study_kind), " ", source.population || "");
    return make("li", {}, button, about);
  }

  const names = (authors) => (authors.length > 2 ? `${authors[0]} and others` : authors.join(" & "));

  async function near(query, allowed) {
    const mine = ++asked;
    const section = find("#browse .near");
    section.hidden = true;
    if (query.length < 3) return;
    try {
      const { hits } = await coach.json(`/v1/search?q=${encodeURIComponent(query.slice(0, 1000))}&top_k=12`);
      if (mine !== asked) return;
      const found = hits.filter((hit) => allowed.has(hit.source_id)).slice(0, 6);
      find("ul", section).replaceChildren(...found.map((hit) => {
        const button = make("button", { type: "button", class: "open" },
          make("span", { class: "title", text: hit.source_title }), make("span", { class: "words", text: short(hit.text, 220) }));
        button.addEventListener("click", () => show(hit.source_id, button, hit.passage_id));
        return make("li", {}, button);
      }));
      section.hidden = !found.length;
    } catch (error) {
      if (mine === asked) count(error.message);
    }
  }

  // One source

  async function show(id, from, passage) {
    back = from;
    const article = find("#browse .source");
    article.replaceChildren(make("p", { text: "Opening …" }));
    dialog().classList.add("reading");
    article.hidden = false;
    article.focus();
    try {
      const source = await coach.json(`/v1/sources/${encodeURIComponent(id)}`);
      const body = make("div", { class: "passages" });
      article.replaceChildren(leaving(), ...about(source), make("h4", { text: plural(source.passages.length, "passage") }), body);
      dialog().scrollTop = 0;
      await coach.showPassages(source, body, passage);
    } catch (error) {
      article.replaceChildren(leaving(), make("p", { class: "problem", role: "status", text: error.message }));
    }
  }

  function leaving() {
    const button = make("button", { type: "button", class: "leave", text: "All sources" });
    button.addEventListener("click", () => {
      leave();
      (back?.isConnected ? back : find("[name=words]", form())).focus();
    });
    return button;
  }

  function leave() {
    dialog().classList.remove("reading");
    find("#browse .source").hidden = true;
  }

  function about(source) {
    const copy = make("button", { type: "button", text: "Copy the reference" });
    copy.addEventListener("click", () => coach.copyText(source.reference, copy));
    const link = source.doi ? `https://doi.org/${encodeURI(source.doi)}` : source.url;
    const facts = [
      ["Kind of study", badge(source.study_kind)],
      ["Whom it studied", source.population || "Not stated in what this library holds"],
      ["Keep in mind", source.caveats.length ? make("ul", {}, ...source.caveats.map((text) => make("li", { text }))) : null],
      ["Reference", source.reference],
      ["Not verified", source.unverified.length ? source.unverified.join(", ") : null],
    ];
    const rows = facts.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", { text: name }), make("dd", {}, value)]);
    const file = (form, name) => make("a", { href: `/v1/sources/${encodeURIComponent(source.id)}?format=${form}`, download: "", text: name });
    const external = link && /^https:\/\//.test(link) ? make("a", { href: link, target: "_blank", rel: "noopener noreferrer", text: source.doi ? `doi.org/${source.doi}` : new URL(link).hostname }) : null;
    return [
      make("h3", { text: source.title }),
      ...source.flags.map((flag) => make("p", { class: "flag", text: FLAGS[flag] || flag })),
      make("dl", {}, ...rows),
      make("p", { class: "row" }, copy, file("bibtex", "BibTeX"), file("ris", "RIS"), external),
    ];
  }

  // What it cannot answer

  async function gaps() {
    const said = find("#gaps .count");
    said.textContent = "Counting …";
    try {
      const { least, gaps: found } = await coach.json("/v1/gaps");
      const none = least > 1 ? `Nothing yet: no topic has stayed without an answer in ${least} conversations.` : "Nothing yet.";
      said.textContent = found.length ? plural(found.length, "topic") : none;
      find("#gaps ul").replaceChildren(...found.map((gap) =>
        make("li", {}, make("span", { class: "title", text: gap.label }), " ", make("span", { class: "note", text: `in ${plural(gap.conversations, "conversation")}` }))));
    } catch (error) {
      said.textContent = error.message;
    }
  }

  Object.assign(coach, { badge, plural });

  // Tabs: arrows go from one to the next.

  function choose(name) {
    for (const tab of all("#library [role=tab]")) {
      const on = tab.getAttribute("aria-controls") === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      find(`#${tab.getAttribute("aria-controls")}`).hidden = !on;
    }
    if (name === "browse") browse();
    if (name === "gaps") gaps();
    if (name === "own") coach.listOwn();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#open-library")) open();
    const tab = event.target.closest?.("#library [role=tab]");
    if (tab) choose(tab.getAttribute("aria-controls"));
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("#library [role=tab]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const tabs = all("#library [role=tab]");
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    choose(next.getAttribute("aria-controls"));
    next.focus();
  });
  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("#browse form")) return;
    clearTimeout(waiting);
    waiting = setTimeout(list, PAUSE_MS);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest?.("#browse form")) return;
    event.preventDefault();
    list();
  });
})();
